package dev.diver.kernels.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A kernel.toml that Diver writes reads back as what was written, whatever is in it. */
class KernelSpecWriteTest {

  private static final String LEAST =
      """
      name = "least"
      version = "1"
      summary = "Says only what it must"

      [boot]
      protocol = "%s"
      image = "boot/kernel"

      [modes.full-vm]
      """;

  @TempDir Path folder;

  /** Those that Diver ships. */
  static Stream<Path> shipped() throws IOException {
    try (Stream<Path> kernels = Files.list(Path.of("kernels"))) {
      return kernels
          .map(kernel -> kernel.resolve("kernel.toml"))
          .filter(Files::exists)
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void aShippedSpecReadsBackEqual(Path kernelToml) throws IOException {
    KernelSpec spec = KernelSpecToml.read(kernelToml);
    assertEquals(spec, written(spec, Map.of()));
    assertEquals(spec, written(spec, commentsOnAll()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pvh", "linux", "multiboot1", "multiboot2", "disk", "iso", "efi"})
  void whatAReaderAddsIsLeftOut(String protocol) throws IOException {
    KernelSpec spec = read(LEAST.formatted(protocol));
    assertEquals(LEAST.formatted(protocol), KernelSpecToml.write(spec, Map.of()));
    assertEquals(spec, written(spec, commentsOnAll()));
  }

  @Test
  void commentsStandWhereTheyBelong() throws IOException {
    KernelSpec spec = read(LEAST.formatted("disk"));
    String text =
        KernelSpecToml.write(
            spec,
            Map.of(
                "", "Made of a file.\n\n  indented lines are " + "not wrapped ".repeat(12),
                "boot.protocol", "found: 55 AA at byte 510",
                "boot.ready", "unknown: the text that says that it is up\nready = 'login:'",
                "boot.app", "assumed: " + "words that go on and on ".repeat(6),
                "exit", "How it ends."));
    assertEquals(
        """
        # Made of a file.
        #
        #   indented lines are %s

        name = "least"
        version = "1"
        summary = "Says only what it must"

        [boot]
        # found: 55 AA at byte 510
        protocol = "disk"
        image = "boot/kernel"
        # assumed: words that go on and on words that go on and on words that go on and on words that go on
        # and on words that go on and on words that go on and on
        app = "none"
        # unknown: the text that says that it is up
        # ready = 'login:'

        # How it ends.
        [exit]

        [modes.full-vm]
        """
            .formatted("not wrapped ".repeat(12).strip() + " "),
        text);
    assertEquals(spec, read(text));
  }

  @Test
  void strangeTextReadsBackEqual() throws IOException {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      KernelSpec spec = spec(random);
      Map<String, String> comments = new HashMap<>();
      if (round % 2 == 0) {
        commentsOnAll().forEach((field, text) -> comments.put(field, text + strange(random)));
      }
      String toml = KernelSpecToml.write(spec, comments);
      assertEquals(spec, read(toml), toml);
    }
  }

  @Test
  void regularExpressionsAreReadable() throws IOException {
    KernelSpec spec =
        read(
            LEAST.formatted("disk")
                + """
                [exit]
                convention = "console-text"
                success = '\\d+ "passed"\\.'
                """);
    String text = KernelSpecToml.write(spec, Map.of());
    assertTrue(text.contains("success = '\\d+ \"passed\"\\.'\n"), text);
    assertFalse(text.contains("sdk"), text);
  }

  private KernelSpec spec(Random random) throws IOException {
    KernelSpec least = read(LEAST.formatted("multiboot1"));
    KernelSpec.Boot boot = least.boot();
    List<String> many = new ArrayList<>();
    for (int i = random.nextInt(30); i > 0; i--) {
      many.add(line(random));
    }
    return new KernelSpec(
        least.name(),
        least.version(),
        "x" + line(random),
        strange(random).replaceAll("[\\p{Cc}&&[^\n\t\r]]", ""),
        List.of(),
        "",
        Optional.empty(),
        least.arch(),
        least.abi(),
        List.of("c"),
        List.of(),
        new KernelSpec.Boot(
            boot.protocol(),
            "i" + line(random).replace("..", ""),
            line(random),
            boot.quoting(),
            boot.app(),
            boot.console(),
            boot.firmware(),
            List.of("modules/one " + line(random)),
            Optional.of("initrd"),
            List.of("a", "b"),
            Optional.empty(),
            Optional.of(new TimeSpan(random.nextInt(100_000))),
            many),
        new KernelSpec.Exit(
            KernelSpec.ExitConvention.DEBUG_EXIT,
            Optional.empty(),
            Optional.empty(),
            Optional.of(new KernelSpec.DebugExit(0x501, 4, List.of(41, 42))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(KernelSpec.EndMeaning.FAILURE),
            KernelSpec.EndMeaning.SUCCESS),
        least.modes(),
        Optional.empty(),
        least.syscalls(),
        new KernelSpec.Sdk(
            many.stream().map(s -> "f" + s.replace("..", "")).toList(),
            Optional.empty(),
            List.of()),
        least.scripts(),
        least.net(),
        least.source(),
        least.provenance());
  }

  /** What a stranger's file may have in its headers. */
  private static String strange(Random random) {
    String[] parts = {
      "\"",
      "'",
      "\\",
      "\"\"\"",
      "'''",
      "\n",
      "\r\n",
      "\t",
      "#",
      "[boot]",
      "a = 1",
      " ",
      "  ",
      "é",
      "\ud83d\udc1f",
      "\u2028",
      "\u202e",
      "\0",
      "\u001b[2J",
      "\u007f",
      "\u0085",
      "word",
      "\\u0041",
      "{env}",
      "%s",
      "=",
      "]",
      ","
    };
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(25); i > 0; i--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  private static String line(Random random) {
    return strange(random).replaceAll("\\p{Cntrl}|\u0085", "");
  }

  private static Map<String, String> commentsOnAll() {
    Map<String, String> comments = new HashMap<>();
    Stream.of(
            "",
            "name",
            "version",
            "tags",
            "boot",
            "boot.protocol",
            "boot.command-line",
            "boot.ready",
            "boot.hints",
            "exit",
            "exit.convention",
            "exit.debug-exit",
            "exit.debug-exit.port",
            "exit.reset",
            "modes",
            "modes.full-vm",
            "modes.full-vm.machine",
            "modes.full-vm.devices",
            "gpos",
            "syscalls.handled",
            "sdk",
            "sdk.files",
            "scripts",
            "scripts.build",
            "net",
            "net.build",
            "source.files",
            "provenance.base",
            "no.such.key")
        .forEach(field -> comments.put(field, "about " + field));
    return comments;
  }

  private KernelSpec written(KernelSpec spec, Map<String, String> comments) throws IOException {
    return read(KernelSpecToml.write(spec, comments));
  }

  private KernelSpec read(String toml) throws IOException {
    return KernelSpecToml.read(Files.writeString(folder.resolve("kernel.toml"), toml));
  }
}
