package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackerTest {

  private static final Limits LIMITS = new Limits(1 << 20, 1 << 20, 100);

  @TempDir Path folder;
  private Path into;

  /** Adds entries to an archive. */
  private interface Entries {
    void add(TarArchiveOutputStream tar) throws IOException;
  }

  @BeforeEach
  void place() {
    into = folder.resolve("place/into");
  }

  @Test
  void whatWasPackedComesOut() throws IOException {
    Path source = Files.createDirectories(folder.resolve("source"));
    Path script = SampleKernel.script(source.resolve("run"), "true");
    Path text = Files.writeString(source.resolve("text"), "text\n");
    String longName = "folder/" + "x".repeat(150) + "/ümlaut";
    Path archive = folder.resolve("archive");
    try (var out = Files.newOutputStream(archive)) {
      Archive.write(new TreeMap<>(java.util.Map.of("a/run", script, longName, text)), out);
    }
    Unpacker.unpack(archive, into, LIMITS);
    assertEquals("text\n", Files.readString(into.resolve(longName)));
    assertEquals("rwxr-xr-x", permissions("a/run"));
    assertEquals("rw-r--r--", permissions(longName));
  }

  @Test
  void linksWithinTheTreeAreMade() throws IOException {
    unpack(
        tar -> {
          link(tar, "lib/b.so", TarConstants.LF_SYMLINK, "../lib/a.so");
          file(tar, "lib/a.so", "a");
          link(tar, "lib/c.so", TarConstants.LF_LINK, "lib/a.so");
          link(tar, "current", TarConstants.LF_SYMLINK, "lib");
        });
    assertEquals("a", Files.readString(into.resolve("current/b.so")));
    assertEquals("a", Files.readString(into.resolve("lib/c.so")));
  }

  @Test
  void specialBitsAreDropped() throws IOException {
    unpack(
        tar -> {
          TarArchiveEntry entry = new TarArchiveEntry("setuid");
          entry.setMode(0106777);
          tar.putArchiveEntry(entry);
          tar.closeArchiveEntry();
        });
    assertEquals("rwxr-xr-x", permissions("setuid"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../out", "a/../../out", "/out", "a/..", "..", "", ".", "a\nb", "\u001b[2J"})
  void namesThatLeadOutAreRefused(String name) throws IOException {
    refused(tar -> file(tar, name, "x"));
  }

  @Test
  void namesThatAreTooLongAreRefused() throws IOException {
    refused(tar -> file(tar, "x".repeat(256), "x"));
    refused(tar -> file(tar, "x/".repeat(600) + "x", "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../../out", "..", "a/../../..", "absent", "link", ""})
  void symbolicLinksThatLeadOutOrNowhereAreRefused(String to) throws IOException {
    refused(
        tar -> {
          file(tar, "a/file", "x");
          link(tar, "link", TarConstants.LF_SYMLINK, to);
        });
  }

  @Test
  void aLinkThroughAnotherThatLeadsOutIsRefused() throws IOException {
    refused(
        tar -> {
          file(tar, "a/b/file", "x");
          link(tar, "a/b/up", TarConstants.LF_SYMLINK, "../..");
          link(tar, "out", TarConstants.LF_SYMLINK, "a/b/up/../../../..");
        });
  }

  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    refused(
        tar -> {
          link(tar, "a", TarConstants.LF_SYMLINK, outside.toString());
          file(tar, "a/file", "x");
        });
    refused(
        tar -> {
          link(tar, "a", TarConstants.LF_SYMLINK, "../../outside/file");
          file(tar, "a", "x");
        });
    try (var files = Files.list(outside)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void hardLinksToAnythingButAFileOfTheArchiveAreRefused() throws IOException {
    refused(tar -> link(tar, "a", TarConstants.LF_LINK, "/etc/passwd"));
    refused(tar -> link(tar, "a", TarConstants.LF_LINK, "../../../etc/passwd"));
    refused(tar -> link(tar, "a", TarConstants.LF_LINK, "later"));
    refused(
        tar -> {
          link(tar, "a", TarConstants.LF_SYMLINK, "/etc/passwd");
          link(tar, "b", TarConstants.LF_LINK, "a");
        });
  }

  @Test
  void devicesAndPipesAreRefused() throws IOException {
    for (byte type : new byte[] {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO}) {
      refused(tar -> link(tar, "special", type, ""));
    }
    refused(tar -> link(tar, "unknown", (byte) 'Z', ""));
  }

  @Test
  void duplicateNamesAreRefused() throws IOException {
    refused(
        tar -> {
          file(tar, "a", "first");
          file(tar, "./a", "second");
        });
    refused(
        tar -> {
          file(tar, "a", "first");
          file(tar, "a/b", "second");
        });
    refused(
        tar -> {
          file(tar, "a/b", "first");
          file(tar, "a", "second");
        });
  }

  @Test
  void oversizedAndEndlessArchivesAreRefused() throws IOException {
    Failure bytes = refused(tar -> file(tar, "zeros", "\0".repeat(2 << 20)));
    assertTrue(bytes.what().contains("more than 1048576 bytes"), bytes.what());
    Failure entries =
        refused(
            tar -> {
              for (int i = 0; i < 101; i++) {
                file(tar, "f" + i, "");
              }
            });
    assertTrue(entries.what().contains("more than 100 entries"), entries.what());
    Failure folders = refused(tar -> file(tar, "d/".repeat(150) + "f", ""));
    assertTrue(folders.what().contains("entries"), folders.what());
    Failure name =
        refused(
            tar -> {
              TarArchiveEntry entry =
                  new TarArchiveEntry("name", TarConstants.LF_GNUTYPE_LONGNAME, true);
              entry.setSize(200_000);
              tar.putArchiveEntry(entry);
              tar.write("n".repeat(200_000).getBytes(StandardCharsets.UTF_8));
              tar.closeArchiveEntry();
              file(tar, "after", "");
            });
    assertTrue(name.what().contains("header"), name.what());
  }

  @Test
  void anArchiveLongerThanAnnouncedIsRefused() throws IOException {
    byte[] noise = new byte[10_000];
    new Random(1).nextBytes(noise);
    Path archive = archive(tar -> file(tar, "f", new String(noise, StandardCharsets.ISO_8859_1)));
    Limits announced = new Limits(100, 1 << 20, 10);
    assertEquals(Kind.INVALID, failure(() -> Unpacker.unpack(archive, into, announced)).kind());
    nothingIsLeft();
  }

  @Test
  void limitsFollowTheAnnouncedSize() {
    Digest digest = Digest.of(new byte[0]);
    assertEquals(64L << 20, Limits.of(Descriptor.of("x", digest, 100)).unpacked());
    assertEquals(200_000_000, Limits.of(Descriptor.of("x", digest, 1_000_000)).unpacked());
    assertEquals(
        4L << 30,
        Limits.of(Descriptor.of(MediaTypes.KERNEL_SDK, digest, Long.MAX_VALUE)).unpacked());
  }

  @Test
  void whatIsThereAlreadyStays() throws IOException {
    Files.createDirectories(into);
    Path archive = archive(tar -> file(tar, "a", "x"));
    assertEquals(Kind.CONFLICT, failure(() -> Unpacker.unpack(archive, into, LIMITS)).kind());
    assertFalse(Files.exists(into.resolve("a")));
  }

  @Test
  void whatADeadProcessLeftIsRemoved() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Path left = folder.resolve("place/.into.unpacking-" + dead.pid() + "-1");
    Files.createDirectories(left.resolve("half"));
    unpack(tar -> file(tar, "a", "x"));
    assertFalse(Files.exists(left));
    assertEquals("x", Files.readString(into.resolve("a")));
  }

  /** Whatever bytes are changed, an archive unpacks or is INVALID, and nothing appears outside. */
  @Test
  void damagedArchivesAreInvalidAndLeaveNothing() throws IOException {
    Random random = new Random(7);
    byte[] tar = tar(UnpackerTest::variety);
    int refused = 0;
    for (int round = 0; round < 1500; round++) {
      byte[] damaged = tar.clone();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      byte[] compressed = Zstd.compress(damaged);
      if (random.nextInt(3) == 0) {
        compressed[random.nextInt(compressed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int length = random.nextInt(5) == 0 ? random.nextInt(compressed.length) : compressed.length;
      Path archive = folder.resolve("damaged");
      Files.write(archive, java.util.Arrays.copyOf(compressed, length));
      try {
        Unpacker.unpack(archive, into, LIMITS);
        Staging.delete(into);
      } catch (DiverException e) {
        assertEquals(Kind.INVALID, e.failure().kind(), e.getMessage());
        refused++;
      }
      nothingIsLeft();
    }
    assertTrue(refused > 300, "only " + refused + " were refused: no real damage done");
  }

  private static void variety(TarArchiveOutputStream tar) throws IOException {
    file(tar, "a/file", "content");
    file(tar, "a/" + "long".repeat(40), "content");
    link(tar, "link", TarConstants.LF_SYMLINK, "a/file");
    link(tar, "hard", TarConstants.LF_LINK, "a/file");
    file(tar, "b/other", "more content");
  }

  private Failure refused(Entries entries) throws IOException {
    Path archive = archive(entries);
    Failure failure = failure(() -> Unpacker.unpack(archive, into, LIMITS));
    assertEquals(Kind.INVALID, failure.kind(), failure.what());
    nothingIsLeft();
    return failure;
  }

  private void nothingIsLeft() throws IOException {
    assertFalse(Files.exists(into, LinkOption.NOFOLLOW_LINKS));
    try (Stream<Path> place = Files.list(into.getParent())) {
      assertEquals(List.of(), place.toList());
    }
    assertFalse(Files.exists(folder.resolve("out"), LinkOption.NOFOLLOW_LINKS));
  }

  private static Failure failure(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(into.resolve(name)));
  }

  private void unpack(Entries entries) throws IOException {
    Unpacker.unpack(archive(entries), into, LIMITS);
  }

  private Path archive(Entries entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZstdOutputStream zstd = new ZstdOutputStream(bytes)) {
      zstd.write(tar(entries));
    }
    return Files.write(folder.resolve("archive"), bytes.toByteArray());
  }

  private static byte[] tar(Entries entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      entries.add(tar);
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream tar, String name, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String name, byte type, String to)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(to);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
