#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <autograd/io/file.hpp>

/// Zip archives as .npz files need them: stored and deflated members, one disk, no encryption, below 4 GiB (PKWARE's
/// APPNOTE 6.3, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
namespace xgrad::io {

struct ZipMember {
  std::string name;
  std::string bytes;
};

enum class ZipMethod : std::uint16_t { stored = 0, deflated = 8 };

/// The members of an archive, uncompressed, in the order of its directory. Throws Error, naming file and member, where
/// the archive is truncated, inconsistent or not supported, or a member's size or CRC-32 is not the archive's.
std::vector<ZipMember> read_zip(const Place& place);

/// Writes an archive, atomically; the same members give the same bytes. Throws Error from 2 GiB or 65,535 members on.
void write_zip(const Place& place, const std::vector<ZipMember>& members, ZipMethod method);

}  // namespace xgrad::io
