package dev.diver.kernels.image;

import static dev.diver.kernels.image.Samples.ascii;
import static dev.diver.kernels.image.Samples.hex;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.image.DiskImage.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DiskImageTest {

  @TempDir Path folder;

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private static void refused(Kind kind, String part, Executable look) {
    Failure failure = assertThrows(DiverException.class, look).failure();
    assertEquals(kind, failure.kind());
    assertTrue(failure.what().contains(part), failure.what());
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "disk.img", "disk.raw", "disk.hdd", "disk.other", "a.b/disk"})
  void whatHasNoFormatIsRaw(String name) throws IOException {
    Files.createDirectories(folder.resolve("a.b"));
    Path disk = write(name, new byte[4096]);
    assertEquals(new DiskImage(disk, Format.RAW), DiskImage.of(disk));
    assertEquals(new DiskImage(disk, Format.RAW), DiskImage.ofOthers(disk));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "disk.img", "disk.qcow2", "disk.QCOW2", "disk.other"})
  void qcow2IsToldByItsContent(String name) throws IOException {
    Path disk = write(name, Samples.qcow2());
    assertEquals(Format.QCOW2, DiskImage.of(disk).format());
    assertEquals("qcow2", DiskImage.ofOthers(disk).format().toString());
  }

  @Test
  void theKeyOfAnEncryptedDiskIsItsGuests() throws IOException {
    Path disk = write("disk.img", hex("4c554b53babe"));
    assertEquals(Format.RAW, DiskImage.of(disk).format());
  }

  @ParameterizedTest
  @CsvSource({
    "disk.qcow2, raw",
    "disk.vmdk, raw",
    "disk.vdi, raw",
    "disk.raw, qcow2",
    "disk.vmdk, qcow2",
    "disk.raw, vmdk",
    "disk.qcow2, vmdk",
  })
  void aNameThatSaysAnotherFormatIsRefused(String name, String format) throws IOException {
    byte[] content =
        switch (format) {
          case "qcow2" -> Samples.qcow2();
          case "vmdk" -> ascii("KDMV");
          default -> new byte[512];
        };
    Path disk = write(name, content);
    refused(Kind.INVALID, ", and it is " + format, () -> DiskImage.of(disk));
    refused(Kind.INVALID, ", and it is " + format, () -> DiskImage.ofOthers(disk));
  }

  @Test
  void otherFormatsAreRefused() throws IOException {
    Path disk = write("disk.vmdk", ascii("KDMV"));
    refused(Kind.UNSUPPORTED, "is vmdk: Diver attaches", () -> DiskImage.of(disk));
    byte[] content = new byte[4096];
    System.arraycopy(hex("7f10dabe"), 0, content, 64, 4);
    Path vdi = write("disk", content);
    refused(Kind.UNSUPPORTED, "is vdi", () -> DiskImage.of(vdi));
  }

  /** A guest may have written that header to a raw disk. */
  @Test
  void onlyWhatIsNamedSoTakesItsContentFromAnotherFile() throws IOException {
    byte[] backed = Samples.qcow2();
    ByteBuffer.wrap(backed).putLong(8, 0x70);
    byte[] elsewhere = Samples.qcow2();
    ByteBuffer.wrap(elsewhere).putLong(72, 4);
    for (byte[] content : new byte[][] {backed, elsewhere}) {
      Path named = write("disk.qcow2", content);
      assertEquals(Format.QCOW2, DiskImage.of(named).format());
      refused(Kind.INVALID, "from another file", () -> DiskImage.ofOthers(named));
      Path unnamed = write("disk.img", content);
      refused(Kind.INVALID, "from another file", () -> DiskImage.of(unnamed));
    }
  }

  @Test
  void whatCannotBeReadIsNoDisk() {
    refused(Kind.NOT_FOUND, "no.img", () -> DiskImage.of(folder.resolve("no.img")));
    refused(Kind.NOT_FOUND, folder.toString(), () -> DiskImage.ofOthers(folder));
  }
}
