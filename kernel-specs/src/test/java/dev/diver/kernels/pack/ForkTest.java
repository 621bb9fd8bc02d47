package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkTest {

  @TempDir Path folder;
  private KernelStore store;
  private Path toml;
  private Path made;

  @BeforeEach
  void make() throws IOException {
    store = KernelStore.open(folder.resolve("store"));
    toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    made = folder.resolve("forks/mine");
  }

  private Fork fork(StoredKernel kernel, String version) {
    return Fork.of(kernel, store, made, "mine", Optional.of(version).filter(v -> !v.isEmpty()));
  }

  @Test
  void withoutSourceItHasWhatThePackageHas() throws IOException {
    StoredKernel kernel = Packer.pack(toml, store);
    Fork fork = fork(kernel, "2.0");

    assertFalse(fork.fromSource());
    assertEquals("sample:1.0@" + kernel.digest(), fork.base());
    KernelSpec spec = KernelSpecToml.read(fork.kernelToml());
    assertEquals("mine", spec.name());
    assertEquals("2.0", spec.version());
    assertEquals(Optional.of(fork.base()), spec.provenance().base());
    assertArrayEquals(SampleKernel.image(""), Files.readAllBytes(made.resolve("build/sample.elf")));
    assertTrue(Files.isExecutable(made.resolve("scripts/build")));
    assertTrue(Files.exists(made.resolve("include/sample/sample.h")));
    StoredKernel packed = Packer.pack(fork.kernelToml(), store);
    assertEquals("mine:2.0", packed.reference().toString());
  }

  @Test
  void withSourceItHasThatAndNotWhatWasBuiltOfIt() throws IOException {
    Files.createDirectories(toml.resolveSibling("src"));
    Files.writeString(toml.resolveSibling("src/main.c"), "int kernel;\n");
    append("[source]\nfiles = [\"src/**\"]\n");
    Fork fork = fork(Packer.pack(toml, store), "");

    assertTrue(fork.fromSource());
    assertEquals("int kernel;\n", Files.readString(made.resolve("src/main.c")));
    assertTrue(Files.isExecutable(made.resolve("scripts/build")));
    assertTrue(Files.exists(made.resolve("sdk/net.mk")));
    assertFalse(Files.exists(made.resolve("build")));
    assertEquals("1.0", KernelSpecToml.read(fork.kernelToml()).version());
  }

  @Test
  void kernelTomlStaysAsItsAuthorWroteItButForNameAndProvenance() throws IOException {
    Files.writeString(
        toml,
        Files.readString(toml)
            .replace(
                "name = \"sample\"",
                "# who\nname   = 'sample'  # an example\n"
                    + "description = \"\"\"\nname = \"not this\"\n[provenance]\n\"\"\""));
    StoredKernel first = Packer.pack(toml, store);
    Path forked = fork(first, "").kernelToml();
    String text = Files.readString(forked);
    assertTrue(text.contains("# who\nname   = \"mine\"  # an example\n"), text);
    assertTrue(text.contains("name = \"not this\""), text);
    made = folder.resolve("again");
    StoredKernel second = Packer.pack(forked, store);
    String again = Files.readString(fork(second, "").kernelToml());
    assertEquals(
        text.replace(first.digest().toString(), "").replace("sample:1.0", ""),
        again.replace(second.digest().toString(), "").replace("mine:1.0", ""));
  }

  @Test
  void aFolderThatExistsStaysAsItIs() throws IOException {
    StoredKernel kernel = Packer.pack(toml, store);
    Files.createDirectories(made);
    DiverException failed = assertThrows(DiverException.class, () -> fork(kernel, ""));
    assertEquals(Kind.CONFLICT, failed.failure().kind());
    assertEquals(List.of(), list(made));
  }

  @Test
  void whatFailsLeavesNothing() throws IOException {
    StoredKernel kernel = Packer.pack(toml, store);
    Files.delete(store.image(kernel));
    assertThrows(DiverException.class, () -> fork(kernel, ""));
    assertEquals(List.of(), list(made.resolveSibling("")));
  }

  private void append(String text) throws IOException {
    Files.writeString(toml, Files.readString(toml) + text);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }
}
