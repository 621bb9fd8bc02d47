package dev.diver.templates;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What projects look like when they are new. After a change of a template, {@code mvn -pl templates
 * -am test -Dgolden.write=true} writes the golden folders anew; their diff is the review.
 */
class ScaffoldTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TempDir Path folder;
  private KernelStore store;
  private StoredKernel kernel;
  private Path project;

  @BeforeEach
  void packKernel() throws IOException {
    store = KernelStore.open(folder.resolve("store"));
    kernel =
        PlainKernel.pack(
            folder.resolve("kernel"), store, "\"hello\", \"stencil\", \"component\", \"pipeline\"");
    project = folder.resolve("made/project");
  }

  private void init(OwnTemplate template) {
    Scaffold.init(project, "plume", template.template(), kernel, store);
  }

  private static Failure failure(Runnable action) {
    return assertThrows(DiverException.class, action::run).failure();
  }

  @ParameterizedTest
  @EnumSource
  void aNewProjectIsAsItsGoldenFolder(OwnTemplate template) throws IOException {
    Scaffold.create(project, "plume", template.template(), kernel, store);

    Map<String, String> files = files(project);
    Map<String, String> own = new TreeMap<>(files);
    own.keySet().removeIf(file -> file.startsWith(".diver/"));
    own.replaceAll((file, text) -> text.replace(kernel.digest().hex(), "0".repeat(64)));
    Path golden = GOLDEN.resolve(template.word());
    if (Boolean.getBoolean("golden.write")) {
      write(golden, own);
    }
    assertEquals(files(golden), own);
  }

  @Test
  void theKernelsFilesAreThereAndExactlyItsOwn() throws IOException {
    Scaffold.create(project, "plume", OwnTemplate.HELLO.template(), kernel, store);

    Map<String, String> files = files(project.resolve(".diver"));
    assertEquals("int plain(void);\n", files.get("kernel/include/plain.h"));
    assertEquals("# fragment\n", files.get("kernel/sdk/net.mk"));
    assertEquals(Files.readString(PlainKernel.IMAGE, ISO_8859_1), files.get("kernel/image"));
    assertEquals(
        Files.readString(folder.resolve("kernel/kernel.toml")), files.get("kernel/kernel.toml"));
    assertEquals(kernel.digest() + "\n", files.get("kernel/.digest"));
    assertEquals(5, files.size());
  }

  @ParameterizedTest
  @EnumSource
  void itsNetCanBeRead(OwnTemplate template) {
    Scaffold.create(project, "plume", template.template(), kernel, store);
    Net net = NetToml.read(project);
    assertEquals("plume", net.name());
    assertEquals(kernel.reference(), net.kernel());
    assertEquals(kernel.digest(), net.kernelDigest());
    assertEquals(Optional.of(project.resolve("build/plume")), net.app());
  }

  @Test
  void aFolderThatExistsIsNotTakenForANewProject() throws IOException {
    Files.createDirectories(project);
    Failure failure =
        failure(
            () -> Scaffold.create(project, "plume", OwnTemplate.HELLO.template(), kernel, store));
    assertEquals(
        new Failure(
            Failure.Kind.CONFLICT,
            project + " exists already.",
            "Choose another name, or use `diver init` in that folder."),
        failure);
    assertEquals(Map.of(), files(project));
  }

  @Test
  void initLeavesWhatIsThere() throws IOException {
    Files.createDirectories(project.resolve("src"));
    Files.writeString(project.resolve("src/other.c"), "mine");
    init(OwnTemplate.HELLO);
    assertEquals("mine", Files.readString(project.resolve("src/other.c")));
    assertEquals("plume", NetToml.read(project).name());
  }

  @Test
  void initNamesWhatIsInTheWayAndMakesNothing() throws IOException {
    Files.createDirectories(project.resolve("src"));
    Files.writeString(project.resolve("src/main.c"), "mine");
    Files.createSymbolicLink(project.resolve("Makefile"), Path.of("nowhere"));

    Failure failure = failure(() -> init(OwnTemplate.HELLO));

    assertEquals(
        new Failure(
            Failure.Kind.CONFLICT,
            "Nothing is made, since this is in the way: %s, %s."
                .formatted(project.resolve("Makefile"), project.resolve("src/main.c")),
            "Move it away, or use another folder."),
        failure);
    assertEquals("mine", Files.readString(project.resolve("src/main.c")));
    assertFalse(Files.exists(project.resolve("net.toml")));
  }

  @Test
  void whatWasMadeIsTakenAwayWhenTheRestFails() throws IOException {
    Files.createDirectories(project);
    Files.writeString(project.resolve("mine"), "mine");
    Files.delete(store.image(kernel));

    assertThrows(DiverException.class, () -> init(OwnTemplate.COMPONENT));

    assertEquals(Map.of("mine", "mine"), files(project));
    assertFalse(Files.exists(project.resolve("src")));
    assertFalse(Files.exists(project.resolve(".diver")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Plume", "1plume", "pl ume", "plume.c", "../plume", "a\"b", "$(x)"})
  void aNameMustServeInFilesAndInC(String name) {
    Failure failure =
        failure(() -> Scaffold.create(project, name, OwnTemplate.HELLO.template(), kernel, store));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertFalse(Files.exists(project));
  }

  /** By name; each byte a character, since some are no text. */
  private static Map<String, String> files(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readString(file, ISO_8859_1));
      }
    }
    return files;
  }

  private static void write(Path root, Map<String, String> files) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = root.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue(), ISO_8859_1);
    }
  }
}
