#include "understudy/model/distributed/own_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace understudy::model {
namespace {

/// The local end of a datagram socket turned to `there`; nothing is sent.
std::string local_end(const addrinfo& there) {
  const int socket_id = ::socket(there.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_id < 0) return {};
  sockaddr_storage here{};
  socklen_t length = sizeof here;
  auto* address = reinterpret_cast<sockaddr*>(&here);
  const bool found = ::connect(socket_id, there.ai_addr, there.ai_addrlen) == 0 &&
                     ::getsockname(socket_id, address, &length) == 0;
  ::close(socket_id);
  std::array<char, NI_MAXHOST> words{};
  if (!found || ::getnameinfo(address, length, words.data(), words.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return {};
  return words.data();
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::string own_address(const std::string& host) {
  addrinfo wanted{}, *list = nullptr;
  wanted.ai_socktype = SOCK_DGRAM;
  constexpr const char* kAnyPort = "9";
  if (::getaddrinfo((host.empty() ? host_name() : host).c_str(), kAnyPort, &wanted, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  for (const addrinfo* one = list; one; one = one->ai_next)
    if (std::string address = local_end(*one); !address.empty()) return address;
  return {};
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

}  // namespace understudy::model
