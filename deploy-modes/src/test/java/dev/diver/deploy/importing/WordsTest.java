package dev.diver.deploy.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.vm.FirmwareWords;
import dev.diver.kernels.elf.AppCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of what a kernel prints, of files' names, and of a few instructions. */
class WordsTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          panic: RDRAND not supported by this CPU        | rdrand
          error: CPU lacks rdseed, giving up             | rdseed
          This kernel requires SSE4.2 and AVX2           | avx2 sse4.2
          x2APIC mode is required                        | x2apic
          no support for invariant TSC                   | invtsc
          using RDRAND for entropy                       |
          not supported                                  |
          avxctl: module missing                         |
          """)
  void aComplaintNamesTheFeature(String line, String features) {
    String found =
        String.join(
            " ",
            CpuFeature.lacking("boot\n" + line + "\nend").stream()
                .map(CpuFeature.Lack::feature)
                .sorted()
                .toList());
    assertEquals(features == null ? "" : features, found);
  }

  @Test
  void whatFirmwareAndLoadersSayIsNotTheKernels() {
    String screen =
        """
        SeaBIOS (version 1.16.2-debian-1.16.2-1)
        Booting from DVD/CD...
        GRUB loading..
        Welcome to GRUB!
        error: file `/boot/grub/i386-pc/part_acorn.mod' not found.
        \u001b[2J\u001b[01;01HBdsDxe: loading Boot0001 "UEFI Misc Device" from PciRoot(0x0)
        \u001b[1mtiny>\u001b[0m\u0000
        """;
    assertEquals("tiny>", FirmwareWords.without(screen));
    assertEquals("", FirmwareWords.without("SeaBIOS (version 1)\r\n\r\nBooting from ROM..."));
  }

  @ParameterizedTest
  @CsvSource({
    "vmlinuz-6.1.0-56-cloud-amd64, vmlinuz-6-1-0-56-cloud-amd64",
    "xen-4.17-amd64.gz, xen-4-17-amd64",
    "memtest86+x64.bin, memtest86-x64",
    "Kernel Image.ELF, kernel-image",
    "disk.qcow2.zst, disk",
    "..., kernel",
  })
  void aNameIsMadeOfAFiles(String file, String name) {
    assertEquals(name, KernelImport.nameOf(Path.of(file)));
  }

  @Test
  void theAppOfATrialIsAnExecutableThatSaysThatItRuns() throws IOException, InterruptedException {
    Path app = Files.write(folder.resolve("app"), TinyInit.executable());
    Files.setPosixFilePermissions(app, PosixFilePermissions.fromString("rwx------"));
    AppCheck.requireStatic(app);
    Process process = new ProcessBuilder(List.of(app.toString())).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(TinyInit.WORDS + "\n", said);
    assertEquals(TinyInit.STATUS, process.waitFor());
    assertTrue(Files.size(app) < 200, "it is small enough to be read");
  }
}
