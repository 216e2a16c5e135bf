// The one translation unit of the gateway that compiles Asio itself.
#include <boost/asio/impl/src.hpp>
