package dev.diver.kernels.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelSpecTomlTest {

  private static final String FULL =
      """
      name = "hexsa/remora"
      version = "0.1.0"
      summary = "A lightweight kernel"
      description = \"""
      # Remora
      name = "not a key"
      \"""
      tags = ["hpc", "linux-abi"]
      license = "Apache-2.0 OR MIT"
      homepage = "https://example.org/remora"
      arch = "x86_64"
      abi = "linux-source"
      moving-tags = ["latest", "edge"]

      [boot]
      protocol = "pvh"
      image = "build/remora.elf"
      command-line = "{env} -- {args}"
      quoting = "sh"
      app = "initrd"
      console = "virtio-ports"

      [exit]
      convention = "console-pattern"
      pattern = 'exitcode=0x([0-9a-f]{8})'
      coding = "wait-status-hex"

      [modes.full-vm]
      machine = "microvm,rtc=on"
      cpu = "max"
      memory = "1G"
      memory-min = "32M"
      cpus-max = 4
      devices = ["virtio-rng-device"]

      [syscalls]
      handled = ["read", "write"]
      delegated = ["open"]

      [sdk]
      files = ["include/**"]
      makefile = "sdk/net.mk"
      templates = ["hello"]

      [scripts]
      configure = "scripts/configure"
      build = "scripts/build"
      """;

  private static final String LEAST =
      """
      name = "least"
      version = "1"
      summary = "Says only what it must"
      [boot]
      protocol = "linux"
      image = "bzImage"
      [modes.full-vm]
      [scripts]
      build = "make"
      """;

  @TempDir Path folder;

  @Test
  void everyKeyIsRead() throws IOException {
    KernelSpec spec = KernelSpecToml.read(write(FULL));
    assertEquals("hexsa/remora", spec.name());
    assertEquals("# Remora\nname = \"not a key\"\n", spec.description());
    assertEquals(KernelSpec.Abi.LINUX_SOURCE, spec.abi());
    assertEquals(List.of("latest", "edge"), spec.movingTags());
    assertEquals(KernelSpec.Protocol.PVH, spec.boot().protocol());
    assertEquals(Optional.of(KernelSpec.StatusCoding.WAIT_STATUS_HEX), spec.exit().coding());
    KernelSpec.ModeNeeds needs = requireNonNull(spec.modes().get("full-vm"));
    assertEquals(1L << 30, needs.memory().bytes());
    assertEquals(4, needs.cpusMax());
    assertEquals(List.of("open"), spec.syscalls().delegated());
    assertEquals(Optional.of("sdk/net.mk"), spec.sdk().makefile());
    assertEquals(Optional.empty(), spec.scripts().test());
  }

  @Test
  void aGeneralPurposeOsSaysWhatItNeeds() throws IOException {
    assertEquals(Optional.empty(), KernelSpecToml.read(write(LEAST)).gpos());
    String gpos =
        """
        [gpos]
        modules = "build/modules.cpio"
        machine = "pc"
        cpu = "max"
        memory = "256M"
        memory-min = "128M"
        command-line = "console=ttyS0 quiet"
        """;
    KernelSpec spec = KernelSpecToml.read(write(LEAST + gpos));
    assertEquals(
        new KernelSpec.Gpos(
            "build/modules.cpio",
            "pc",
            "max",
            MemorySize.parse("256M"),
            MemorySize.parse("128M"),
            "console=ttyS0 quiet"),
        spec.gpos().orElseThrow());
    assertEquals(spec, KernelSpecJson.read(KernelSpecJson.write(spec)));
    String plain = new String(KernelSpecJson.write(KernelSpecToml.read(write(LEAST))), UTF_8);
    assertFalse(plain.contains("gpos"), plain);
  }

  private static final String OTHERS =
      """
      name = "foreign"
      version = "1"
      summary = "Boots with all that there is"
      languages = ["c++", "fortran"]
      [boot]
      protocol = "multiboot1"
      image = "kernel"
      modules = ["a.mod with words", "b.mod"]
      initrd = "initrd"
      disks = ["d.img", "a.mod"]
      firmware = "uefi"
      ready = 'login: $'
      up-within = "1500ms"
      hints = ["It needs RDSEED"]
      [exit]
      convention = "debug-exit"
      debug-exit = { port = 0xf4, success = [41] }
      panic = 'PANIC'
      failure = 'FAIL'
      power-off = "failure"
      [modes.full-vm]
      cpu-features = ["rdseed"]
      hypervisors = ["qemu-pc"]
      smp = "sockets"
      net-device = "e1000"
      [net]
      build = "net/build"
      templates = "net/templates"
      [source]
      files = ["src/**"]
      [provenance]
      base = "x:1@sha256:0000000000000000000000000000000000000000000000000000000000000000"
      """;

  @Test
  void aKernelOfOthersIsDescribed() throws IOException {
    KernelSpec spec = KernelSpecToml.read(write(OTHERS));
    assertEquals(KernelSpec.Protocol.MULTIBOOT1, spec.boot().protocol());
    assertEquals(List.of("a.mod", "b.mod", "initrd", "d.img"), spec.boot().parts());
    assertEquals(Optional.of(new TimeSpan(1500)), spec.boot().upWithin());
    assertEquals(
        Optional.of(new KernelSpec.DebugExit(0xf4, 4, List.of(41))), spec.exit().debugExit());
    assertEquals(KernelSpec.EndMeaning.PANIC, spec.exit().reset());
    KernelSpec.ModeNeeds needs = requireNonNull(spec.modes().get("full-vm"));
    assertEquals("pc", needs.machine());
    assertEquals(KernelSpec.Smp.SOCKETS, needs.smp());
    assertEquals(Optional.of("net/build"), spec.net().build());
    assertEquals(spec, KernelSpecJson.read(KernelSpecJson.write(spec)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'login: $'        | '('                    | boot.ready
          "1500ms"          | "soon"                 | boot.up-within
          b.mod             | ../b.mod               | boot.modules
          "initrd"          | "/initrd"              | boot.initrd
          port = 0xf4       | port = 0               | exit.debug-exit.port
          [41]              | [128]                  | exit.debug-exit.success
          { port = 0xf4, success = [41] } | { size = 4 } | exit.debug-exit.port
          'PANIC'           | '['                    | exit.panic
          = "debug-exit"    | = "report"             | exit.debug-exit
          = "debug-exit"    | = "console-text"       | exit.success
          = "failure"       | = "fine"               | exit.power-off
          ["rdseed"]        | ["rdseed,x=/etc"]      | cpu-features
          "e1000"           | "e1000,x=/etc"         | net-device
          "net/build"       | "/net/build"           | net.build
          @sha256:0         | @sha256:               | provenance.base
          """)
  void whatIsWrongWithItIsNamed(String good, String bad, String field) throws IOException {
    assertTrue(OTHERS.contains(good), good);
    String what = failure(write(OTHERS.replace(good, bad))).what();
    assertTrue(what.contains(field), what);
  }

  @Test
  void whatIsLeftOutGetsItsDefault() throws IOException {
    KernelSpec spec = KernelSpecToml.read(write(LEAST));
    assertEquals("x86_64", spec.arch());
    assertEquals(List.of("latest"), spec.movingTags());
    assertEquals("{env} -- {args}", spec.boot().commandLine());
    assertEquals(KernelSpec.ExitConvention.REPORT, spec.exit().convention());
    KernelSpec.ModeNeeds needs = requireNonNull(spec.modes().get("full-vm"));
    assertEquals("microvm", needs.machine());
    assertEquals("256M", needs.memory().toString());
    assertEquals(List.of(), spec.sdk().files());
    assertEquals(1, spec.modes().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          version = "0.1.0"       | verison = "0.1.0"       | 2  | verison is not a key   | Did you mean version?
          cpus-max = 4            | cpu-max = 4             | 33 | modes.full-vm.cpu-max  | Did you mean cpus-max?
          protocol = "pvh"        | protocol = "phv"        | 16 | "phv"                  | Did you mean pvh?
          protocol = "pvh"        | protocol = "multiboot9" | 16 | boot.protocol          | Did you mean multiboot1?
          protocol = "pvh"        | protocol = "a.out"      | 16 | boot.protocol          | Write one of: disk, efi, iso,
          protocol = "pvh"        | protocol = 1            | 16 | boot.protocol          | Write one of
          image = "build/remora.elf" | # no image           | 15 | boot.image is missing  | Add it
          name = "hexsa/remora"   | name = "Hexsa"          | 1  | name is "Hexsa"        | lower-case
          name = "hexsa/remora"   | name = 5                | 1  | name has the wrong type | text in quotes
          version = "0.1.0"       | version = "a b"         | 2  | cannot be a tag        | 0.1.0
          memory = "1G"           | memory = "1 GB"         | 31 | "1 GB" is not an amount | 256M
          memory = "1G"           | memory = "16M"          | 31 | less than memory-min   | at least
          cpus-max = 4            | cpus-max = 0            | 33 | modes.full-vm.cpus-max | from 1
          cpus-max = 4            | cpus-max = "4"          | 33 | wrong type             | without quotes
          cpus-max = 4            | cpus-max = 4.5          | 33 | wrong type             | without quotes
          tags = ["hpc", "linux-abi"] | tags = "hpc"        | 8  | tags has the wrong     | a list
          ([0-9a-f]{8})           | [0-9a-f]{8}             | 25 | has no group           | group
          ([0-9a-f]{8})           | ([0-9a-f]{8}            | 25 | not a regular          | group
          coding = "wait-status-hex" | # no coding          | 23 | exit.coding is missing | decimal
          build/remora.elf        | ../remora.elf           | 17 | not a path inside      | below its folder
          scripts/build           | /bin/sh                 | 47 | scripts.build          | below its folder
          include/**              | a/../../**              | 41 | sdk.files              | below its folder
          rtc=on                  | dumpdtb=/etc/cron.d/x   | 29 | modes.full-vm.machine  | without paths
          rtc=on                  | dumpdtb=x               | 29 | modes.full-vm.machine  | without paths
          virtio-rng-device       | loader,file=x           | 34 | modes.full-vm.devices  | without paths
          ["open"]                | ["read"]                | 38 | which is also in       | one of them
          [syscalls]              | [syscall]               | 36 | syscall is not a key   | Did you mean syscalls?
          [modes.full-vm]         | [modes.full_vm]         | 28 | full_vm is not a mode  | Did you mean full-vm?
          [sdk]                   | [sdk                    | 40 | not TOML               | Correct that line
          license =               | license                 | 9  | not TOML               | Correct that line
          build = "scripts/build" | build = "../build"      | 47 | scripts.build          | below its folder
          https://example.org     | javascript:alert        | 10 | homepage               | http
          """)
  void anErrorNamesFileLineAndField(String good, String bad, int line, String what, String remedy)
      throws IOException {
    assertTrue(FULL.contains(good), good);
    Path file = write(FULL.replace(good, bad));
    Failure failure = assertThrows(DiverException.class, () -> KernelSpecToml.read(file)).failure();
    assertEquals(Kind.INVALID, failure.kind());
    String place = file + ":" + line + ": ";
    assertTrue(failure.what().startsWith(place), failure.what() + " is not at line " + line);
    assertTrue(failure.what().contains(what), failure.what());
    assertTrue(failure.remedy().contains(remedy), failure.remedy());
  }

  @Test
  void anAbsentOrUnreadableFileIsNamed() throws IOException {
    Path absent = folder.resolve("absent.toml");
    assertEquals(Kind.NOT_FOUND, failure(absent).kind());
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertTrue(failure(binary).what().contains("not UTF-8"));
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
    assertTrue(failure(large).what().contains("larger than"));
    assertTrue(failure(folder).what().contains("Cannot read"));
  }

  /** Any change of a few characters is read or is INVALID, with a line of the file. */
  @Test
  void damagedTomlIsInvalidAndNothingElse() throws IOException {
    Random random = new Random(11);
    String pieces = "[]{}\"'=.,#\\\n\0 \u00e9-_1e\"\"\"'''";
    int refused = 0;
    for (int round = 0; round < 1500; round++) {
      StringBuilder text = new StringBuilder(FULL);
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, pieces.charAt(random.nextInt(pieces.length())));
          case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
          default -> text.insert(at, pieces.charAt(random.nextInt(pieces.length())));
        }
      }
      Path file = write(text.toString());
      try {
        KernelSpecToml.read(file);
      } catch (DiverException e) {
        assertEquals(Kind.INVALID, e.failure().kind(), e.getMessage());
        String what = e.failure().what();
        assertTrue(what.matches("(?s)" + file + ":[1-9][0-9]*: .*"), what);
        refused++;
      }
    }
    assertTrue(refused > 500, "only " + refused + " were refused: no real damage done");
  }

  @Test
  void jsonHoldsTheSameAndGivesTheSameBytes() throws IOException {
    for (String toml : List.of(FULL, LEAST)) {
      KernelSpec spec = KernelSpecToml.read(write(toml));
      byte[] json = KernelSpecJson.write(spec);
      assertEquals(spec, KernelSpecJson.read(json));
      assertEquals(text(json), text(KernelSpecJson.write(KernelSpecJson.read(json))));
      assertTrue(text(json).startsWith("{\"name\":"), text(json));
      assertTrue(text(json).contains("\"command-line\":\"{env} -- {args}\""), text(json));
      assertTrue(text(json).contains("\"abi\":\"linux"), text(json));
    }
  }

  @Test
  void jsonOfANewerDiverIsReadAsFarAsItIsKnown() throws IOException {
    KernelSpec spec = KernelSpecToml.read(write(LEAST));
    String newer =
        text(KernelSpecJson.write(spec)).replaceFirst("\\{", "{\"new-key\":{\"a\":[1]},");
    assertEquals(spec, KernelSpecJson.read(newer.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "tags":[]        | "tags":[null]
          "tags":[]        | "tags":null
          "tags":[]        | "tags":[["a"]]
          "name":"least"   | "name":"../least"
          "name":"least"   | "name":"least","name":"other"
          "name":"least"   | "name":7
          "cpus-max":1     | "cpus-max":1e400
          "cpus-max":1     | "cpus-max":99999999999999999999999999999999999999999
          "cpus-max":1     | "cpus-max":null
          "modes":{        | "modes":{"../x":{},
          "memory":"256M"  | "memory":"999999999999T"
          "protocol":"linux" | "protocol":"coreboot"
          "image":"bzImage" | "image":"../../bzImage"
          "summary":"Says" | "summary":"\\u001b[2JSays
          """)
  void hostileJsonIsInvalid(String good, String bad) throws IOException {
    String json = text(KernelSpecJson.write(KernelSpecToml.read(write(LEAST))));
    String replaced = json.replace(good, bad);
    if (good.startsWith("\"summary\"")) {
      replaced = json.replace("Says only", "\\u001b[2JSays only");
    }
    assertTrue(!replaced.equals(json), json);
    byte[] hostile = replaced.getBytes(StandardCharsets.UTF_8);
    Failure failure =
        assertThrows(DiverException.class, () -> KernelSpecJson.read(hostile)).failure();
    assertEquals(Kind.INVALID, failure.kind());
  }

  @Test
  void damagedJsonIsInvalidAndNothingElse() throws IOException {
    Random random = new Random(5);
    byte[] json = KernelSpecJson.write(KernelSpecToml.read(write(FULL)));
    int refused = 0;
    for (int round = 0; round < 1500; round++) {
      byte[] damaged = json.clone();
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        KernelSpecJson.read(damaged);
      } catch (DiverException e) {
        assertEquals(Kind.INVALID, e.failure().kind());
        refused++;
      }
    }
    assertTrue(refused > 500, "only " + refused + " were refused");
    byte[] deep = "[".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertThrows(DiverException.class, () -> KernelSpecJson.read(deep));
    assertThrows(DiverException.class, () -> KernelSpecJson.read(new byte[2 << 20]));
  }

  private Failure failure(Path file) {
    return assertThrows(DiverException.class, () -> KernelSpecToml.read(file)).failure();
  }

  private Path write(String toml) throws IOException {
    return Files.writeString(folder.resolve("kernel.toml"), toml);
  }

  private static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }
}
