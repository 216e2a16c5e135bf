#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "daemon/core/page.h"
#include "daemon/store/list_room.h"
#include "daemon/store/sqlite.h"

namespace fob::store {

template <typename Record>
const std::string& IdOf(const Record& record) {
  return record.id;
}
inline const std::string& IdOf(const core::GrantFacts& facts) { return facts.grant.id; }

// Rows from the newest to the oldest, as `read` makes records of them: at most `most`, and no more than a reply has
// room for. `query` must give one row more than `most`, if there is one: it tells that the list goes on.
template <typename Record, typename Read>
Result<core::Page<Record>> ReadPage(Statement& query, size_t most, Read read) {
  core::Page<Record> page;
  ListRoom room;
  while (true) {
    FOB_TRY(const bool more, query.Step());
    if (!more) return page;
    FOB_TRY(Record record, read(query));
    const bool fits = room.Takes(record) || page.empty();
    if (page.size() == most || !fits) {
      page.next = IdOf(page.back());
      return page;
    }
    page.push_back(std::move(record));
  }
}

}  // namespace fob::store
