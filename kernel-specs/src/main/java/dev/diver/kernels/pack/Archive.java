package dev.diver.kernels.pack;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.SortedMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.io.output.CloseShieldOutputStream;

/** Writes tar archives that depend on names, content and the owner's execute permission alone. */
final class Archive {

  /** Part of the format: another level gives other digests. */
  private static final int ZSTD_LEVEL = 12;

  private static final int FILE_MODE = 0100644;
  private static final int EXECUTABLE_MODE = 0100755;

  private Archive() {}

  /** Writes these files under their names as tar, compressed with zstd. Leaves the stream open. */
  static void write(SortedMap<String, Path> files, OutputStream out) throws IOException {
    ZstdOutputStream zstd =
        new ZstdOutputStream(CloseShieldOutputStream.wrap(out), ZSTD_LEVEL).setChecksum(true);
    zstd.setCloseFrameOnFlush(false);
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(zstd, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      for (var file : files.entrySet()) {
        add(tar, file.getKey(), file.getValue());
      }
    }
  }

  private static void add(TarArchiveOutputStream tar, String name, Path file) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(Files.size(file));
    entry.setMode(isExecutable(file) ? EXECUTABLE_MODE : FILE_MODE);
    entry.setModTime(0L);
    entry.setIds(0, 0);
    entry.setNames("", "");
    tar.putArchiveEntry(entry);
    Files.copy(file, tar);
    tar.closeArchiveEntry();
  }

  /** As its permissions say, whoever asks. */
  private static boolean isExecutable(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
  }
}
