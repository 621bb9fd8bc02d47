package dev.diver.kernels.pack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackerTest {

  @TempDir Path folder;

  private KernelStore store(String name) {
    return KernelStore.open(folder.resolve(name));
  }

  @Test
  void aPackedKernelIsListedAndComesBackAsItWas() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    KernelStore store = store("store");
    StoredKernel packed = Packer.pack(toml, store);

    assertEquals(List.of(packed), store.list());
    assertEquals(packed, store.resolve(KernelReference.parse("sample:1.0")));
    assertEquals("A kernel for tests", packed.summary());
    assertEquals("sample", packed.name());
    assertEquals("1.0", packed.version());
    assertArrayEquals(SampleKernel.image(""), Files.readAllBytes(store.image(packed)));
    assertEquals(KernelSpecToml.read(toml), store.spec(packed));
    Manifest manifest = store.manifest(packed);
    assertEquals("sample.elf", manifest.layers().get(0).annotations().get(Descriptor.TITLE));
    assertEquals("latest", manifest.annotations().get(Packer.MOVING_TAGS));
    assertEquals(
        List.of(MediaTypes.KERNEL_IMAGE, MediaTypes.KERNEL_SDK, MediaTypes.KERNEL_SCRIPTS),
        manifest.layers().stream().map(Descriptor::mediaType).toList());
    long blobs = manifest.blobs().stream().mapToLong(Descriptor::size).sum();
    assertEquals(blobs + packed.manifest().size(), packed.size());
  }

  @Test
  void theDriversOfAGeneralPurposeOsAreALayer() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    String gpos =
        """

        [gpos]
        modules = "build/modules.cpio"
        machine = "pc"
        cpu = "max"
        memory = "256M"
        memory-min = "128M"
        command-line = "quiet"
        """;
    Files.writeString(toml, Files.readString(toml) + gpos);
    DiverException failed =
        assertThrows(DiverException.class, () -> Packer.pack(toml, store("store")));
    assertEquals(Kind.NOT_FOUND, failed.failure().kind());
    byte[] drivers = {7, 8, 9};
    Files.write(toml.resolveSibling("build/modules.cpio"), drivers);
    KernelStore store = store("store");
    StoredKernel packed = Packer.pack(toml, store);
    assertEquals(KernelSpecToml.read(toml), store.spec(packed));
    assertEquals("build/modules.cpio", store.spec(packed).gpos().orElseThrow().modules());
    assertArrayEquals(drivers, Files.readAllBytes(store.modules(packed)));
    assertEquals(MediaTypes.KERNEL_INITRD, store.manifest(packed).layers().get(1).mediaType());
  }

  @Test
  void whatBootsBesideTheImageIsALayerEach() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    String text = Files.readString(toml);
    Files.writeString(toml, text.replace("[boot]", "[boot]\nmodules = [\"build/one its words\"]"));
    byte[] module = {1, 2, 3};
    Files.write(toml.resolveSibling("build/one"), module);
    KernelStore store = store("store");
    StoredKernel packed = Packer.pack(toml, store);
    assertEquals(List.of("build/one"), store.spec(packed).boot().parts());
    assertArrayEquals(module, Files.readAllBytes(store.part(packed, "build/one")));
    DiverException none = assertThrows(DiverException.class, () -> store.part(packed, "build/two"));
    assertEquals(Kind.INVALID, none.failure().kind());
  }

  @Test
  void aDiskThatCannotBeAttachedIsNotPacked() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    String text = Files.readString(toml);
    Files.writeString(toml, text.replace("[boot]", "[boot]\ndisks = [\"build/disk.vmdk\"]"));
    Files.write(toml.resolveSibling("build/disk.vmdk"), new byte[512]);
    assertTrue(failure(toml).what().contains("named .vmdk, and it is raw"), failure(toml).what());
    assertTrue(
        KernelCheck.of(toml).stream()
            .anyMatch(
                p -> p.name().equals("boot.disks") && p.verdict() == KernelCheck.Verdict.LACKS));
  }

  @Test
  void theSameFilesGiveTheSameDigestWhateverTheirTimesPermissionsAndOrder() throws IOException {
    Path one = SampleKernel.write(folder.resolve("one"), "1.0", SampleKernel.image(""));
    Path other =
        SampleKernel.write(folder.resolve("a/different/place"), "1.0", SampleKernel.image(""));
    Path include = other.resolveSibling("include/sample");
    Path first = one.resolveSibling("include/sample");
    for (String name : List.of("a.h", "b.h", "c.h")) {
      Files.writeString(first.resolve(name), name);
    }
    for (String name : List.of("c.h", "b.h", "a.h")) {
      Files.writeString(include.resolve(name), name);
      Files.setLastModifiedTime(include.resolve(name), FileTime.from(Instant.EPOCH));
      Files.setPosixFilePermissions(
          include.resolve(name), PosixFilePermissions.fromString("rw-rw-rw-"));
    }
    Files.setPosixFilePermissions(
        other.resolveSibling("scripts/build"), PosixFilePermissions.fromString("rwx------"));

    assertEquals(Packer.pack(one, store("x")).digest(), Packer.pack(other, store("y")).digest());
  }

  @Test
  void anotherContentOrPermissionToExecuteGivesAnotherDigest() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    KernelStore store = store("store");
    StoredKernel first = Packer.pack(toml, store);
    Files.setPosixFilePermissions(
        toml.resolveSibling("sdk/net.mk"), PosixFilePermissions.fromString("rwxr-xr-x"));
    StoredKernel second = Packer.pack(toml, store);
    assertTrue(!first.digest().equals(second.digest()));
    assertEquals(List.of(second), store.list());
  }

  @Test
  void aMissingImageTellsToBuild() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    Files.delete(toml.resolveSibling("build/sample.elf"));
    var failure =
        assertThrows(DiverException.class, () -> Packer.pack(toml, store("store"))).failure();
    assertEquals(Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.what().contains("build/sample.elf"), failure.what());
    assertTrue(failure.remedy().contains("diver kernel build"), failure.remedy());
  }

  @Test
  void anImageThatDoesNotBootByItsProtocolIsNotPacked() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", "no kernel".getBytes(UTF_8));
    String what = invalid(toml);
    assertTrue(what.contains("build/sample.elf does not boot by pvh"), what);
    Files.write(toml.resolveSibling("build/sample.elf"), SampleKernel.image(""));
    String text = Files.readString(toml);
    Files.writeString(toml, text.replace("protocol = \"pvh\"", "protocol = \"linux\""));
    Failure other = failure(toml);
    assertTrue(other.what().contains("does not boot by linux"), other.what());
    assertEquals("Write protocol = \"pvh\" if that is it.", other.remedy());
    Files.writeString(toml, text);
    Path damaged = Path.of("../e2e/kernels/build/pvh-no-address.elf");
    Files.write(toml.resolveSibling("build/sample.elf"), Files.readAllBytes(damaged));
    assertTrue(invalid(toml).contains("build/sample.elf"));
    assertEquals(List.of(), store("store").list());
  }

  @Test
  void theSourceIsALayerWithoutWhatVersionControlKeeps() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    Files.writeString(toml, Files.readString(toml) + "[source]\nfiles = [\"**\"]\n");
    Files.createDirectories(toml.resolveSibling(".git"));
    Files.writeString(toml.resolveSibling(".git/config"), "a token");
    KernelStore store = store("store");
    Descriptor source =
        store.manifest(Packer.pack(toml, store)).layer(MediaTypes.KERNEL_SOURCE).orElseThrow();
    Path into = folder.resolve("unpacked");
    Unpacker.unpack(source, store, into);
    assertTrue(Files.isExecutable(into.resolve("scripts/build")));
    assertFalse(Files.exists(into.resolve(".git")));
  }

  @Test
  void whereItComesFromIsInTheManifest() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    String digest = "sha256:" + "ab".repeat(32);
    Files.writeString(
        toml,
        Files.readString(toml) + "[provenance]\nbase = \"host:5000/remora:0.1@" + digest + "\"\n");
    KernelStore store = store("store");
    Map<String, String> annotations = store.manifest(Packer.pack(toml, store)).annotations();
    assertEquals("host:5000/remora:0.1", annotations.get("org.opencontainers.image.base.name"));
    assertEquals(digest, annotations.get("org.opencontainers.image.base.digest"));
  }

  @Test
  void theUmaskOfTheFilesDoesNotMatter() throws Exception {
    Digest[] digests = new Digest[2];
    for (int i = 0; i < 2; i++) {
      Path copy = folder.resolve("copy" + i);
      Path toml = SampleKernel.write(folder.resolve("kernel" + i), "1.0", SampleKernel.image(""));
      Process copying =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  "umask " + (i == 0 ? "077" : "002") + "; cp -r \"$1\" \"$2\"",
                  "sh",
                  toml.resolveSibling("").toString(),
                  copy.toString())
              .inheritIO()
              .start();
      assertEquals(0, copying.waitFor());
      digests[i] = Packer.pack(copy.resolve("kernel.toml"), store("s" + i)).digest();
    }
    assertEquals(digests[0], digests[1]);
  }

  @Test
  void whatThePackageHasComesOutOfItAgain() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    Path header = toml.resolveSibling("include/sample/link.h");
    Files.createSymbolicLink(header, Path.of("sample.h"));
    KernelStore store = store("store");
    Manifest manifest = store.manifest(Packer.pack(toml, store));
    Descriptor sdk = manifest.layer(MediaTypes.KERNEL_SDK).orElseThrow();
    Path into = folder.resolve("net/.diver/kernel");
    Unpacker.unpack(sdk, store, into);
    assertEquals(Files.readString(toml), Files.readString(into.resolve("kernel.toml")));
    assertEquals("int sample(void);\n", Files.readString(into.resolve("include/sample/link.h")));
    try (Stream<Path> all = Files.walk(into)) {
      assertEquals(4, all.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void whatIsNotThereOrLeadsOutIsNamed() throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    Path secret = Files.writeString(folder.resolve("secret"), "secret");
    Path link = toml.resolveSibling("include/secret.h");
    Files.createSymbolicLink(link, secret);
    assertTrue(invalid(toml).contains("outside of the kernel's folder"));
    Files.delete(link);
    String text = Files.readString(toml);
    Files.writeString(toml, text.replace("include/**", "headers/**"));
    assertTrue(invalid(toml).contains("\"headers/**\" matches no file"));
    Files.writeString(toml, text.replace("\"sdk/net.mk\"]", "]"));
    assertTrue(invalid(toml).contains("sdk/net.mk is not among sdk.files"));
    Files.writeString(toml, text.replace("include/**", "include/{"));
    assertTrue(invalid(toml).contains("is not a pattern"));
  }

  private String invalid(Path toml) {
    Failure failure = failure(toml);
    assertEquals(Kind.INVALID, failure.kind());
    return failure.what();
  }

  private Failure failure(Path toml) {
    return assertThrows(DiverException.class, () -> Packer.pack(toml, store("store"))).failure();
  }
}
