package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.fullvm.Guests.Kernel;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.vm.Ramdisk;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KnownKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The specs of kernels that others make, each with a stand-in: a kernel of a few instructions that
 * boots, prints and ends as the project's sources say that theirs does.
 */
final class KnownKernelsDiveTest {

  private static final Path TINY = Path.of("../e2e/kernels").toAbsolutePath().normalize();

  @TempDir Path home;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          solo5    | elf64 MULTIBOOT1 ADDRESS DEBUG_EXIT PORT=0x501 VALUE=41 | Solo5: solo5_exit(7) called\\n | exited with 7
          solo5    | elf64 MULTIBOOT1 ADDRESS DEBUG_EXIT PORT=0x501 VALUE=41 | Solo5: solo5_exit(0) called\\n | exited with 0
          solo5    | elf64 MULTIBOOT1 ADDRESS DEBUG_EXIT PORT=0x501 VALUE=41 | Solo5: ABORT: a.c:1: stack corrupted\\n | kernel panic
          unikraft | elf32 MULTIBOOT1 DEBUG_EXIT PORT=0x501 VALUE=41 | Powered by Unikraft\\n | exited with 0
          unikraft | elf32 MULTIBOOT1 DEBUG_EXIT PORT=0x501 VALUE=42 | Powered by Unikraft\\n | exited with 42
          hermit   | elf32 MULTIBOOT1 DEBUG_EXIT PORT=0xf4 VALUE=1 | hello\\n | exited with 0
          hermit   | elf32 MULTIBOOT1 DEBUG_EXIT PORT=0xf4 VALUE=3 | hello\\n | exited with 3
          nautilus | elf64 MULTIBOOT2 DEBUG_EXIT PORT=0x501 VALUE=49 | test passed\\n | exited with 0
          nanos    | elf64 PVH=4 DEBUG_EXIT PORT=0x501 VALUE=0 | hello\\n | exited with 0
          nanos    | elf64 PVH=4 DEBUG_EXIT PORT=0x501 VALUE=7 | hello\\n | exited with 7
          osv      | elf64 PVH=4 POWER_OFF | OSv v0.57.0\\n | exited with 0
          osv      | elf64 PVH=4 POWER_OFF | OSv v0.57.0\\nprogram /hello returned 3\\n | exited with 3
          osv      | elf64 PVH=4 POWER_OFF | OSv v0.57.0\\nFailed to load object: /hello. Powering off.\\n | exited with 1
          kitten   | flat16 LINUX POWER_OFF | diver: passed\\n | exited with 0
          kitten   | flat16 LINUX HANG | diver: failed\\n | exited with 1
          kitten   | flat16 LINUX HANG | Failed to load init_task (status=-22).\\n | kernel panic
          """)
  void tellsHowItEnded(String name, String built, String text, String outcome) throws Exception {
    Guests.Dive dive = dive(name, standIn(built, text), Optional.empty());
    Guests.Done done = dive.timeout(Duration.ofMinutes(2)).run("");
    assertEquals(outcome, done.report().outcome().summary(), done.err());
    assertTrue(done.out().contains(text.substring(0, 4)), done.out());
  }

  /**
   * What boots there is a Linux, whose init starts the co-kernel and exits with the app's status.
   */
  @ParameterizedTest
  @ValueSource(strings = {"mckernel", "mos"})
  void aLinuxThatRunsTheAppElsewhereExitsWithItsStatus(String name) throws Exception {
    Path ramdisk = home.resolve("initrd");
    new Step.Concatenate(ramdisk, Ramdisk.ofInit(Guests.program("app")).parts()).carryOut();
    Guests.Dive dive = dive(name, Guests.linux().image(), Optional.of(ramdisk));
    Guests.Done done = dive.timeout(Duration.ofMinutes(4)).run("");
    assertEquals("exited with 3", done.report().outcome().summary(), done.err());
    assertTrue(done.out().contains("[word]"), done.out());
  }

  private Guests.Dive dive(String name, Path image, Optional<Path> ramdisk) throws IOException {
    KernelSpec spec = KnownKernels.read(name);
    Guests.Dive dive =
        new Kernel(spec, image)
            .dive(home)
            .bootable(new DiveRequest.Bootable(spec, image, ramdisk, List.of(), List.of()));
    if (spec.boot().app() == KernelSpec.AppDelivery.NONE) {
      return dive.args("word");
    }
    boolean executable = spec.boot().app() == KernelSpec.AppDelivery.INITRD;
    Path app = executable ? Guests.program("app") : Files.write(home.resolve("d"), new byte[512]);
    return dive.app(app, "show", "word");
  }

  /** Assembles {@code e2e/kernels/tiny.S}: a form, then its definitions. */
  private Path standIn(String built, String text) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(built.split(" ", -1)));
    String form = words.removeFirst();
    boolean wide = form.equals("elf64");
    Path object = home.resolve("stand-in.o");
    List<String> assemble =
        new ArrayList<>(List.of("gcc", "-c", wide ? "-m64" : "-m32", "-DSERIAL"));
    assemble.add("-DTEXT=\"" + text + "\"");
    words.forEach(word -> assemble.add("-D" + word));
    assemble.addAll(List.of("-o", object.toString(), TINY.resolve("tiny.S").toString()));
    run(assemble);
    Path image = home.resolve("stand-in." + form.toLowerCase(Locale.ROOT));
    List<String> link =
        new ArrayList<>(List.of("ld", "-z", "noexecstack", "-z", "max-page-size=4096"));
    link.addAll(List.of("--no-warn-rwx-segments", "--build-id=none"));
    link.addAll(List.of("-T", TINY.resolve("tiny.ld").toString()));
    link.addAll(List.of("-m", wide ? "elf_x86_64" : "elf_i386"));
    link.add("--defsym=BASE=" + (form.equals("flat16") ? "0" : "0x100000"));
    if (form.equals("flat16")) {
      link.addAll(List.of("--oformat", "binary"));
    }
    link.addAll(List.of("-o", image.toString(), object.toString()));
    run(link);
    return image;
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }
}
