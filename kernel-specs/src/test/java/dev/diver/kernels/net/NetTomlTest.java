package dev.diver.kernels.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetTomlTest {

  private static final Digest DIGEST = Digest.of(new byte[0]);
  private static final String LEAST =
      """
      name = "stencil"
      kernel = "remora:0.1.0"
      kernel-digest = "%s"
      app = "build/stencil"
      """
          .formatted(DIGEST);

  @TempDir Path folder;

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("net.toml"), text);
  }

  private Failure failure() {
    return assertThrows(DiverException.class, () -> NetToml.read(folder)).failure();
  }

  @Test
  void theLeastThatANetSays() throws IOException {
    write(LEAST);
    Net net = NetToml.read(folder);
    assertEquals(
        new Net(
            folder,
            "stencil",
            KernelReference.parse("remora:0.1.0"),
            DIGEST,
            Optional.of(folder.resolve("build/stencil")),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            new Net.Build(Optional.empty()),
            new Net.Test(Optional.empty()),
            Net.Dive.NONE),
        net);
  }

  @Test
  void theMostThatANetSays() throws IOException {
    Path file =
        write(
            LEAST.replace("build/stencil", "")
                + """
                image = "build/own.elf"
                initrd = "build/initrd"
                modules = ["build/first with words", "build/second"]
                disks = ["build/data.img"]

                [build]
                command = ["ninja", "-C", "build"]

                [test]
                command = ["make", "test"]

                [dive]
                mode = "full-vm"
                cpus = 2
                memory = "512M"
                args = ["64", "a b"]
                env = { OMP_NUM_THREADS = "1" }
                timeout = "1500ms"
                devices = ["virtio-rng-device"]
                disks = ["disk.img", "/srv/big.qcow2"]
                console = "null"
                serial = ["pty"]
                net = "user"
                publish = ["8080:80"]
                machine = "q35"
                cpu = "max"
                firmware = "uefi"
                hypervisor = "qemu-q35"
                qemu-args = ["-d", "int"]
                volumes = ["/usr:ro", "data/in:/in:ro"]
                delegate = true
                forward = ["getpid"]
                gpos = "linux:6.1"
                gpos-cpus = "0-1"
                gpos-memory = "512M"
                """);
    Net net = NetToml.read(file);
    assertEquals(Optional.empty(), net.app());
    assertEquals(Optional.of(folder.resolve("build/own.elf")), net.image());
    assertEquals(Optional.of(folder.resolve("build/initrd")), net.initrd());
    assertEquals(
        List.of(
            new Net.Module(folder.resolve("build/first"), "with words"),
            new Net.Module(folder.resolve("build/second"), "")),
        net.modules());
    assertEquals(List.of(folder.resolve("build/data.img")), net.disks());
    assertEquals(Optional.of(List.of("ninja", "-C", "build")), net.build().command());
    assertEquals(Optional.of(List.of("make", "test")), net.test().command());
    assertEquals(
        new Net.Dive(
            Optional.of("full-vm"),
            Optional.of(CpuList.count(2)),
            Optional.of(MemorySize.parse("512M")),
            List.of("64", "a b"),
            Map.of("OMP_NUM_THREADS", "1"),
            Optional.of(Duration.ofMillis(1500)),
            List.of("virtio-rng-device"),
            List.of(folder.resolve("disk.img"), Path.of("/srv/big.qcow2")),
            List.of("null", "pty"),
            Optional.of("user"),
            List.of("8080:80"),
            Optional.of("q35"),
            Optional.of("max"),
            Optional.of("uefi"),
            Optional.of("qemu-q35"),
            List.of("-d", "int"),
            List.of("/usr:ro", folder.resolve("data/in") + ":/in:ro"),
            true,
            List.of("getpid"),
            Optional.of("linux:6.1"),
            Optional.of(CpuList.parse("0-1")),
            Optional.of(MemorySize.parse("512M"))),
        net.dive());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name = "stencil"            | name = "a/b"              | 1: name is "a/b", which is not a name.
          name = "stencil"            | name = "x"\\nkernl = "y" | 2: kernl is not a key that Diver knows.
          kernel = "remora:0.1.0"     | kernel = "Remora"         | 2: kernel cannot be read: "Remora" is not a kernel reference.
          app = "build/stencil"       | app = "../x"              | 4: app is "../x", which is not inside the project.
          app = "build/stencil"       | app = 3                   | 4: app has the wrong type.
          app = "build/stencil"       | modules = ["/boot/x y"]   | 4: modules is "/boot/x", which is not inside the project.
          app = "build/stencil"       | disks = ["a", "../b"]     | 4: disks is "../b", which is not inside the project.
          app = "build/stencil"       | initrd = "/boot/initrd"   | 4: initrd is "/boot/initrd", which is not inside the project.
          app = "build/stencil"       | [test]\\ncommand = []     | 5: test.command is empty.
          app = "build/stencil"       | app = "a"\\n\\n[dive]\\ncpus = 0 | 7: dive.cpus cannot be read: "0" says neither how many
          app = "build/stencil"       | app = "a"\\n[dive]\\ntimeout = "5" | 6: dive.timeout is "5", which is not a time.
          app = "build/stencil"       | app = "a"\\n[dive]\\nenv = { "A-B" = "c" } | 6: dive.env has "A-B", which is not the name of a variable.
          app = "build/stencil"       | app =                     | 4: this is not TOML
          """)
  void aMistakeIsShownWithItsLine(String line, String instead, String what) throws IOException {
    write(LEAST.replace(line, instead.replace("\\n", "\n")));
    Failure failure = failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    String shown = folder.resolve("net.toml") + ":" + what;
    assertEquals(
        shown, failure.what().substring(0, Math.min(shown.length(), failure.what().length())));
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    write(LEAST.replaceAll("(?m)^kernel-digest.*$", ""));
    assertEquals(folder.resolve("net.toml") + ":1: kernel-digest is missing.", failure().what());
  }

  @Test
  void aFolderWithoutOneIsNoNet() {
    assertEquals(Failure.Kind.NOT_FOUND, failure().kind());
  }
}
