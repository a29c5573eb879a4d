#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/file.hpp>

/// Zip archives as .npz files need them: stored and deflated members, one disk, no encryption; zip64 where it is needed
/// (PKWARE's APPNOTE 6.3, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
namespace xgrad::io {

struct ZipMember {
  std::string name;  ///< UTF-8
  std::string bytes;
};

enum class ZipMethod : std::uint16_t { stored = 0, deflated = 8 };

struct ZipLimits {
  std::uint64_t max_bytes;  ///< of all members together, uncompressed
  bool verify_checksum = true;
};

/// Gives the members of an archive to `use`, uncompressed, in the order of its directory; the bytes live as long as the
/// call. Names marked as UTF-8 have to be that. Others are taken as UTF-8 where they can be, else as code page 437.
///
/// Throws Error, naming file and member, where the archive is truncated, inconsistent or not supported, where members
/// share bytes of the file, where a member's data do not end with it, or its size or CRC-32 is not the archive's,
/// where the members together have more than `max_bytes`, and where the archive has the checksum that write_zip gives
/// it and it is not the file's. Nothing is inflated before all of the directory has been checked, and no more than one
/// member at a time, into memory that grows with what comes out.
void read_zip(const Place& place, const ZipLimits& limits,
              const std::function<void(const std::string& name, std::string_view bytes)>& use);

/// Writes an archive, atomically, with a checksum of the whole file as its comment; the same members give the same
/// bytes. It is zip64 from 4 GiB or 65,535 members on. Throws Error where a name is not UTF-8 or longer than 65,535
/// bytes.
void write_zip(const Place& place, const std::vector<ZipMember>& members, ZipMethod method);

}  // namespace xgrad::io
