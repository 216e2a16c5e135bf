#pragma once

#include <span>
#include <string_view>

namespace fob::store {

// A column of sealed secrets, and how to seal its rows anew.
struct SealedColumn {
  std::string_view table;
  std::string_view column;
  // Rows whose secret does not begin with ?1, at most ?2 of them: what names the row (a rowid), the
  // name that it was sealed by, the secret.
  std::string_view select;
  std::string_view update;  // ?1: what names the row; ?2: its secret
};

// Every one that there is.
std::span<const SealedColumn> SealedColumns();

}  // namespace fob::store
