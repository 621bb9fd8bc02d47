package dev.diver.kernels.elf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On files that the machine's own compiler made; they need {@code cc} and {@code nm}. */
class ElfFileTest {

  private static final String PROGRAM =
      """
      __asm__(".pushsection .note.Xen, \\"a\\", @note\\n"
              ".long 4, 4, 18\\n.asciz \\"Xen\\"\\n.long 0x100123\\n"
              ".long 6, 16, 1\\n.asciz \\"Diver\\"\\n.balign 4\\n.long 1, 2\\n.quad 0x401234\\n"
              ".long 6, 4, 2\\n.asciz \\"Diver\\"\\n.balign 4\\n.long 1\\n"
              ".popsection");
      int answer(int x) { return x + 42; }
      int main(void) { return answer(0); }
      """;

  @TempDir static Path folder;

  @BeforeAll
  static void compile() throws Exception {
    Path source = Files.writeString(folder.resolve("app.c"), PROGRAM);
    cc("static", source, "-static", "-no-pie");
    cc("static-pie", source, "-static-pie");
    cc("dynamic", source, "-pie");
    cc("dynamic-fixed", source, "-no-pie");
    cc("library.so", source, "-shared", "-fPIC");
    cc("object.o", source, "-c");
    cc("stripped", source, "-static", "-s");
    cc("static32", source, "-m32", "-static", "-nostdlib", "-Wl,-e,main");
  }

  @Test
  void executablesThatNeedNoLoaderCanRun() {
    for (String name : List.of("static", "static-pie", "stripped")) {
      ElfFile elf = AppCheck.requireStatic(folder.resolve(name));
      assertEquals(ElfFile.Kind.STATIC_EXECUTABLE, elf.kind(), name);
      assertEquals(Optional.empty(), elf.interpreter(), name);
      assertEquals(Optional.of(0x100123L), elf.pvhEntry(), name);
    }
  }

  @Test
  void aDynamicExecutableIsToldToLinkStatically() {
    for (String name : List.of("dynamic", "dynamic-fixed")) {
      Failure failure = refused(name);
      assertTrue(failure.what().contains("dynamic executable"), failure.what());
      assertTrue(failure.what().contains("ld-linux-x86-64"), failure.what());
      assertTrue(failure.remedy().contains("-static"), failure.remedy());
    }
  }

  @Test
  void aDynamicExecutableCanRunWhereFilesAreServed() {
    for (String name : List.of("dynamic", "dynamic-fixed", "static")) {
      assertTrue(AppCheck.requireExecutable(folder.resolve(name)).entry() != 0, name);
    }
    assertEquals(
        Optional.of("/lib64/ld-linux-x86-64.so.2"),
        AppCheck.requireExecutable(folder.resolve("dynamic")).interpreter());
    assertThrows(
        DiverException.class, () -> AppCheck.requireExecutable(folder.resolve("library.so")));
    assertTrue(refused("dynamic").remedy().contains("--delegate"));
  }

  @Test
  void aKernelsNoteSaysWhichVersionsItSpeaks() throws IOException {
    ElfFile elf = ElfFile.read(folder.resolve("static"));
    assertEquals(Optional.of(new CoKernelNote(1, 2, 0x401234)), elf.coKernel());
    assertEquals(0x401234, CoKernelNote.requireCoKernel(elf, "test").entry());
    String header = Files.readString(Path.of("abi/include/diver/enclave_note.h"));
    assertTrue(
        header.contains("DIVER_CHANNEL_VERSION " + CoKernelNote.CHANNEL_VERSION + "\n"), header);
    assertTrue(
        header.contains("DIVER_ENCLAVE_VERSION " + CoKernelNote.ENCLAVE_VERSION + "\n"), header);
  }

  @Test
  void aKernelsNoteSaysThatItHasStreams() throws IOException {
    ElfFile elf = ElfFile.read(folder.resolve("static"));
    StreamNote.require(elf, "test");
    String header = Files.readString(Path.of("abi/include/diver/stream_note.h"));
    assertTrue(header.contains("DIVER_STREAM_VERSION " + StreamNote.VERSION + "\n"), header);
    ElfFile without = ElfFile.read(folder.resolve("static32"));
    assertThrows(DiverException.class, () -> StreamNote.require(without, "test"));
  }

  @Test
  void aKernelOfAnotherVersionIsRefused() {
    ElfFile elf = ElfFile.read(folder.resolve("static"));
    assertTrue(notCoKernel(with(elf, Optional.empty())).what().contains("does not forward"));
    assertTrue(
        notCoKernel(with(elf, Optional.of(new CoKernelNote(7, 2, 0))))
            .what()
            .contains("version 7"));
    assertTrue(
        notCoKernel(with(elf, Optional.of(new CoKernelNote(1, 0, 0))))
            .what()
            .contains("co-kernel"));
    assertTrue(
        notCoKernel(with(elf, Optional.of(new CoKernelNote(1, 9, 0))))
            .what()
            .contains("version 9"));
  }

  private static ElfFile with(ElfFile elf, Optional<CoKernelNote> note) {
    return new ElfFile(
        elf.path(),
        elf.bits(),
        elf.machine(),
        elf.kind(),
        elf.entry(),
        elf.interpreter(),
        elf.pvhEntry(),
        note,
        elf.streams());
  }

  private static Failure notCoKernel(ElfFile elf) {
    Failure failure =
        assertThrows(DiverException.class, () -> CoKernelNote.requireCoKernel(elf, "test"))
            .failure();
    assertEquals(Kind.UNSUPPORTED, failure.kind());
    return failure;
  }

  @Test
  void otherFilesAreCalledWhatTheyAre() throws IOException {
    Files.writeString(folder.resolve("script"), "#!/bin/sh\ntrue\n");
    Files.writeString(folder.resolve("empty"), "");
    assertTrue(refused("library.so").what().contains("shared library"));
    assertTrue(refused("object.o").what().contains("not linked"));
    assertTrue(refused("object.o").remedy().contains("-static"));
    assertTrue(refused("script").what().contains("is a script"));
    assertTrue(refused("empty").what().contains("is not an ELF file"));
    assertTrue(refused("app.c").what().contains("is not an ELF file"));
    assertTrue(refused(".").what().contains("is a folder"));
    assertTrue(patched("arm64", 18, 183).what().contains("is for AArch64"));
    assertTrue(patched("arm32", 18, 40).what().contains("is for ARM (32-bit)"));
    assertTrue(patched("x32", 4, 1).what().contains("32-bit"));
    assertTrue(patched("core", 16, 4).what().contains("not an executable"));
    Failure missing =
        assertThrows(DiverException.class, () -> ElfFile.read(folder.resolve("absent"))).failure();
    assertEquals(Kind.NOT_FOUND, missing.kind());
  }

  @Test
  void aBigEndianFileIsNamedByItsMachine() throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("static"));
    bytes[5] = 2;
    bytes[18] = 0;
    bytes[19] = 22;
    Files.write(folder.resolve("s390"), bytes);
    assertTrue(refused("s390").what().contains("S/390"));
  }

  @Test
  void anAddressIsTracedToItsFunction() throws Exception {
    Path app = folder.resolve("static");
    long answer = addressOf(app, "answer");
    ElfFile elf = ElfFile.read(app);
    assertEquals(Optional.of("answer"), elf.symbolAt(answer));
    assertEquals(Optional.of("answer+0x3"), elf.symbolAt(answer + 3));
    assertEquals(Optional.empty(), elf.symbolAt(0));
    assertEquals(Optional.empty(), ElfFile.read(folder.resolve("stripped")).symbolAt(answer));
  }

  @Test
  void soIsAnAddressOfA32BitKernel() throws Exception {
    Path kernel = folder.resolve("static32");
    long answer = addressOf(kernel, "answer");
    ElfFile elf = ElfFile.read(kernel);
    assertEquals(Optional.of("answer"), elf.symbolAt(answer));
    assertEquals(Optional.of("answer+0x3"), elf.symbolAt(answer + 3));
    assertEquals(Optional.empty(), elf.symbolAt(0));
  }

  /** Damage in every field of the headers, with values that provoke overflow and huge reads. */
  @Test
  void damagedFilesAreInvalidAndNothingElse() throws IOException {
    Random random = new Random(42);
    long[] nasty = {0, 1, 0xff, 0x7fffffffL, 0xffffffffL, Long.MAX_VALUE, -1, Long.MIN_VALUE};
    int refused = 0;
    for (String name : List.of("static", "static-pie", "dynamic", "library.so")) {
      byte[] sound = Files.readAllBytes(folder.resolve(name));
      int sections = (int) ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong(40);
      for (int round = 0; round < 600; round++) {
        byte[] damaged = sound.clone();
        ByteBuffer fields = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = random.nextInt(1, 5); i > 0; i--) {
          int at = random.nextBoolean() ? random.nextInt(4, 900) : sections + random.nextInt(1500);
          fields.putLong(at, nasty[random.nextInt(nasty.length)]);
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length;
        Path file = folder.resolve("damaged");
        Files.write(file, java.util.Arrays.copyOf(damaged, length));
        try {
          AppCheck.requireStatic(file).symbolAt(0x401000 + random.nextInt(4096));
        } catch (DiverException e) {
          assertEquals(Kind.INVALID, e.failure().kind(), e.getMessage());
          refused++;
        }
      }
    }
    assertTrue(refused > 1000, "only " + refused + " of 2400 were refused: no real damage done");
  }

  private static Failure refused(String name) {
    Path app = folder.resolve(name);
    Failure failure =
        assertThrows(DiverException.class, () -> AppCheck.requireStatic(app)).failure();
    assertEquals(Kind.INVALID, failure.kind());
    return failure;
  }

  private static Failure patched(String name, int at, int value) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("static"));
    bytes[at] = (byte) value;
    Files.write(folder.resolve(name), bytes);
    return refused(name);
  }

  private static long addressOf(Path app, String symbol) throws Exception {
    String symbols = output(List.of("nm", app.toString()));
    return symbols
        .lines()
        .filter(line -> line.endsWith(" T " + symbol))
        .mapToLong(line -> Long.parseUnsignedLong(line.split(" ", 2)[0], 16))
        .findFirst()
        .orElseThrow();
  }

  private static void cc(String name, Path source, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o"));
    command.add(folder.resolve(name).toString());
    command.add(source.toString());
    command.addAll(List.of(options));
    output(command);
  }

  private static String output(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), command + ": " + output);
    return output;
  }
}
