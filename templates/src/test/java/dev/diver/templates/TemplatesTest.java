package dev.diver.templates;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.spec.KernelSpec;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The templates of a kernel's package, beside Diver's own. */
class TemplatesTest {

  private static final String NET =
      """
      [net]
      build = "net/build"
      templates = "net/templates"
      """;

  @TempDir Path folder;
  private KernelStore store;
  private Path templates;

  @BeforeEach
  void writeTemplates() throws IOException {
    store = KernelStore.open(folder.resolve("store"));
    templates = folder.resolve("kernel/net/templates");
    write("greet/template.toml", "summary = \"greets\"\n");
    write("greet/src/main.c", "// {{name}} for {{kernel}} {{unknown}} {{ name }}\n");
    write("greet/run.sh", "#!/bin/sh\n");
    assertTrue(templates.resolve("greet/run.sh").toFile().setExecutable(true));
    Path build = folder.resolve("kernel/net/build");
    Files.writeString(build, "#!/bin/sh\n");
    assertTrue(build.toFile().setExecutable(true));
  }

  private void write(String file, String text) throws IOException {
    Path path = templates.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private StoredKernel pack(String own, String net) throws IOException {
    return PlainKernel.pack(folder.resolve("kernel"), store, own, net);
  }

  private List<Template> of(StoredKernel kernel) {
    return Templates.of(kernel, store, folder.resolve("scratch"));
  }

  private Failure failure(StoredKernel kernel) {
    return assertThrows(DiverException.class, () -> of(kernel)).failure();
  }

  @Test
  void aPackagesTemplatesComeBeforeDiversOwn() throws IOException {
    write("stencil/main.c", "another stencil");
    List<Template> all = of(pack("\"hello\", \"stencil\"", NET));
    assertEquals("greet, stencil, hello", Template.words(all));
    assertEquals("greets", all.getFirst().summary());
    assertEquals("", all.get(1).summary());
    assertTrue(all.get(1).files().containsKey("main.c"));
    try (Stream<Path> left = Files.list(folder.resolve("scratch"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void aKernelWithoutNetScriptsHasDiversOwn() throws IOException {
    assertEquals("component", Template.words(of(pack("\"component\"", ""))));
  }

  @Test
  void aProjectHasItsFilesWithTheirPlacesFilled() throws IOException {
    byte[] binary = {0, (byte) 0xff, '{', '{', 'n', 'a', 'm', 'e', '}', '}'};
    Files.write(templates.resolve("greet/logo"), binary);
    StoredKernel kernel = pack("", NET);
    Path project = folder.resolve("project");
    Scaffold.create(project, "plume", of(kernel).getFirst(), kernel, store);

    assertEquals(
        "// plume for plain:1.0 {{unknown}} {{ name }}\n",
        Files.readString(project.resolve("src/main.c")));
    assertArrayEquals(binary, Files.readAllBytes(project.resolve("logo")));
    assertTrue(Files.isExecutable(project.resolve("run.sh")));
    assertFalse(Files.isExecutable(project.resolve("src/main.c")));
    assertFalse(Files.exists(project.resolve("template.toml")));
    assertTrue(Files.readString(project.resolve(".gitignore")).contains("/build/"));
    assertTrue(Files.isExecutable(project.resolve(".diver/scripts/net/build")));
    Net net = NetToml.read(project);
    assertEquals(Optional.of(project.resolve("build/plume")), net.app());
    assertEquals(new Net.Build(Optional.empty()), net.build());
    assertEquals(kernel.digest(), net.kernelDigest());
  }

  @Test
  void whatIsLinkedIsAnImage() throws IOException {
    Path toml = folder.resolve("kernel/kernel.toml");
    pack("", NET);
    Files.writeString(toml, Files.readString(toml).replace("[modes", "app = \"none\"\n\n[modes"));
    StoredKernel kernel = Packer.pack(toml, store);
    Path project = folder.resolve("project");
    Scaffold.create(project, "plume", of(kernel).getFirst(), kernel, store);
    Net net = NetToml.read(project);
    assertEquals(Optional.empty(), net.app());
    assertEquals(Optional.of(project.resolve("build/plume")), net.image());
  }

  @Test
  void withoutANameHelloElseTheFirstIsChosen() throws IOException {
    StoredKernel kernel = pack("\"hello\"", NET);
    List<Template> all = of(kernel);
    assertEquals("hello", Templates.choose(all, Optional.empty(), kernel).word());
    assertEquals("greet", Templates.choose(all, Optional.of("greet"), kernel).word());
    List<Template> packaged = all.subList(0, 1);
    assertEquals("greet", Templates.choose(packaged, Optional.empty(), kernel).word());
  }

  @Test
  void anUnknownNameBringsThoseThatAreThere() throws IOException {
    StoredKernel kernel = pack("\"hello\"", NET);
    List<Template> all = of(kernel);
    assertEquals(
        new Failure(
            Failure.Kind.NOT_FOUND,
            "There is no template \"helo\" for plain:1.0.",
            "Use one of: greet, hello."),
        assertThrows(DiverException.class, () -> Templates.choose(all, Optional.of("helo"), kernel))
            .failure());
    assertEquals(
        new Failure(
            Failure.Kind.NOT_FOUND,
            "plain:1.0 comes without templates.",
            "Choose another kernel, or write net.toml yourself."),
        assertThrows(
                DiverException.class, () -> Templates.choose(List.of(), Optional.empty(), kernel))
            .failure());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"greet/.git/hooks/post-checkout", "greet/sub/.git", "greet/.diver/kernel/x"})
  void aFileThatIsNotATemplatesToGiveIsRefused(String file) throws IOException {
    write(file, "evil");
    Failure failure = failure(pack("", NET));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(
        failure.what().contains("is a name that is not a template's to give"), failure.what());
  }

  @ParameterizedTest
  @ValueSource(strings = {"loose", "Greet/main.c", "two words/main.c"})
  void whatIsNotTheFolderOfATemplateIsRefused(String file) throws IOException {
    write(file, "x");
    Failure failure = failure(pack("", NET));
    assertTrue(failure.what().contains("is not the folder of a template"), failure.what());
  }

  @Test
  void aLinkIsRefused() throws IOException {
    Files.createSymbolicLink(templates.resolve("greet/passwd"), Path.of("/etc/passwd"));
    KernelSpec spec = store.spec(pack("", ""));
    Failure failure =
        assertThrows(DiverException.class, () -> PackagedTemplates.read(templates, spec)).failure();
    assertTrue(failure.what().contains("\"passwd\" is a link"), failure.what());
  }

  /** Whoever makes a net of a stranger's template has not looked at it yet. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "build.command = ['sh', '-c', 'evil']",
        "[test]\ncommand = ['evil']",
        "dive = { qemu-args = ['-monitor', 'exec:evil'] }",
        "\"dive\".\"serial\" = ['file:/home/user/.profile']",
        "[dive]\ndisks = ['/dev/sda']",
        "[dive]\nvolumes = ['/:/host']",
        "initrd = '/etc/shadow'",
        "modules = ['build/../../secret args']",
        "not TOML"
      })
  void aNetThatReachesOutOfItsProjectIsRefused(String toml) throws IOException {
    write("greet/net.toml", toml);
    Failure failure = failure(pack("", NET));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains("the net.toml of greet "), failure.what());
  }

  @Test
  void aTemplateMaySayHowItsNetIsDived() throws IOException {
    String toml =
        """
        name = "{{name}}"
        kernel = "{{kernel}}"
        kernel-digest = "{{digest}}"
        app = "build/{{name}}"
        modules = ["build/extra its args"]
        dive = { memory = "64M", args = ["a"], publish = ["8080:80"] }
        """;
    write("greet/net.toml", toml);
    StoredKernel kernel = pack("", NET);
    Scaffold.create(folder.resolve("net"), "net", of(kernel).getFirst(), kernel, store);
    assertEquals(List.of("a"), NetToml.read(folder.resolve("net")).dive().args());
  }

  @Test
  void tooManyFilesAreRefused() throws IOException {
    for (int i = 0; i < 1000; i++) {
      write("greet/many/" + i, "x");
    }
    Failure failure = failure(pack("", NET));
    assertTrue(failure.what().contains("greet has more than 1000 files"), failure.what());
  }

  @Test
  void tooMuchIsRefused() throws IOException {
    Files.write(templates.resolve("greet/big"), new byte[(16 << 20) + 1]);
    Failure failure = failure(pack("", NET));
    assertTrue(failure.what().contains("greet is larger than 16 MiB"), failure.what());
  }

  @Test
  void aDescriptionThatIsNoneIsNamedWithItsLine() throws IOException {
    write("greet/template.toml", "sumary = \"greets\"\n");
    Failure failure = failure(pack("", NET));
    assertTrue(failure.what().contains("template.toml:1: sumary"), failure.what());
  }

  @Test
  void packagingWithoutTheFilesIsRefused() {
    Failure failure =
        assertThrows(DiverException.class, () -> pack("", "[net]\ntest = \"net/tests\"\n"))
            .failure();
    assertTrue(failure.what().endsWith("net.test: there is no file net/tests."), failure.what());
    failure =
        assertThrows(DiverException.class, () -> pack("", "[net]\ntemplates = \"net/none\"\n"))
            .failure();
    assertTrue(failure.what().contains("net.templates: there is no folder"), failure.what());
  }
}
