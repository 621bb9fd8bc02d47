package dev.diver.kernels.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.pack.SampleKernel;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the real make and gcc. */
class NetBuilderTest {

  @TempDir Path folder;
  private KernelStore store;
  private StoredKernel kernel;
  private Path project;
  private Path output;
  private final List<KernelReference> pulled = new ArrayList<>();

  @BeforeEach
  void makeProject() throws IOException {
    store = KernelStore.open(folder.resolve("store"));
    kernel = pack("");
    output = folder.resolve("output");
    project = Files.createDirectory(folder.resolve("net"));
    Files.writeString(project.resolve("main.c"), "int main(void) { return 0; }\n");
    makefile("gcc -static -o $@ $<");
    netToml("");
  }

  private StoredKernel pack(String more) throws IOException {
    return Packer.pack(
        SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(more)), store);
  }

  private void makefile(String recipe) throws IOException {
    Files.writeString(
        project.resolve("Makefile"), "app: main.c .diver/kernel/kernel.toml\n\t" + recipe + "\n");
  }

  private void netToml(String more) throws IOException {
    Files.writeString(
        project.resolve("net.toml"),
        """
        name = "net"
        kernel = "sample:1.0"
        kernel-digest = "%s"
        app = "app"
        %s
        """
            .formatted(kernel.digest(), more));
  }

  private BuiltNet build(Map<String, String> environment) {
    NetBuilder builder =
        new NetBuilder(
            store,
            reference -> {
              pulled.add(reference);
              return store.resolve(reference);
            },
            Redirect.appendTo(output.toFile()),
            environment);
    return builder.build(NetToml.read(project));
  }

  private BuiltNet build() {
    return build(System.getenv());
  }

  private Failure failure() {
    return assertThrows(DiverException.class, this::build).failure();
  }

  @Test
  void putsTheKernelInPlaceAndRunsTheCommand() throws IOException {
    BuiltNet built = build();

    assertEquals(Optional.of(project.resolve("app")), built.app());
    assertEquals(store.image(kernel), built.image());
    assertEquals("A kernel for tests", built.spec().summary());
    assertEquals("gcc -static -o app main.c\n", Files.readString(output));
    Path files = project.resolve(".diver/kernel");
    assertArrayEquals(SampleKernel.image(""), Files.readAllBytes(files.resolve("image")));
    assertEquals("int sample(void);\n", Files.readString(files.resolve("include/sample/sample.h")));
    assertTrue(Files.exists(files.resolve("kernel.toml")));
    assertEquals(List.of("kernel"), names(project.resolve(".diver")));
  }

  @Test
  void doesNothingTwice() throws IOException {
    build();
    Path header = project.resolve(".diver/kernel/include/sample/sample.h");
    FileTime restored = Files.getLastModifiedTime(header);
    FileTime linked = Files.getLastModifiedTime(project.resolve("app"));
    build();
    assertEquals(restored, Files.getLastModifiedTime(header));
    assertEquals(linked, Files.getLastModifiedTime(project.resolve("app")));
  }

  @Test
  void aNetThatMovesToAnotherKernelGetsItsFiles() throws IOException {
    build();
    kernel = pack("4");
    netToml("");
    build();
    Path image = project.resolve(".diver/kernel/image");
    assertArrayEquals(SampleKernel.image("4"), Files.readAllBytes(image));
  }

  @Test
  void anotherPackageUnderTheTagIsTheWrongKernel() throws IOException {
    String before = kernel.digest().toString();
    StoredKernel moved = pack("4");
    assertEquals(
        new Failure(
            Failure.Kind.CONFLICT,
            "This is the wrong kernel for the net: net was made for sample:1.0 with the digest "
                + before.substring(7, 19)
                + ", and here it has "
                + moved.digest().shortHex()
                + ".",
            "In %s, write kernel-digest = \"%s\" to move on to it, or kernel = \"sample@%s\" to stay."
                .formatted(project.resolve("net.toml"), moved.digest(), before)),
        failure());
    assertFalse(Files.exists(project.resolve(".diver")));
  }

  @Test
  void aKernelThatIsNotHereIsPulledByDigest() {
    store.remove(kernel.reference());
    Failure failure = failure();
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertEquals(List.of(kernel.reference().withDigest(kernel.digest())), pulled);
  }

  @Test
  void aMissingCompilerIsNamedWithItsPackage() throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    for (String program : List.of("make", "sh")) {
      Files.createSymbolicLink(bin.resolve(program), Path.of("/usr/bin", program));
    }
    Map<String, String> environment = Map.of("PATH", bin.toString());
    Failure failure = assertThrows(DiverException.class, () -> build(environment)).failure();
    assertEquals(
        new Failure(
            Failure.Kind.MISSING,
            "To build net, this machine lacks gcc.",
            "Install it: sudo apt-get install gcc."),
        failure);
  }

  @Test
  void aMissingMakeIsNamedWithItsPackage() {
    Map<String, String> environment = Map.of("PATH", folder.toString());
    Failure failure = assertThrows(DiverException.class, () -> build(environment)).failure();
    assertEquals(
        new Failure(
            Failure.Kind.MISSING,
            "To build net, this machine lacks make.",
            "Install it: sudo apt-get install make."),
        failure);
  }

  @Test
  void theCompilersOwnWordsArePassedThrough() throws IOException {
    Files.writeString(project.resolve("main.c"), "int main(void) { return x; }\n");
    assertEquals(
        new Failure(
            Failure.Kind.FAILED,
            "The build of net failed: make ended with status 2.",
            "Its own messages say why."),
        failure());
    assertTrue(Files.readString(output).contains("main.c:1:"), Files.readString(output));
  }

  @Test
  void aDynamicExecutableIsRefused() throws IOException {
    makefile("gcc -o $@ $<");
    Failure failure = failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains("is a dynamic executable"), failure.what());
  }

  @Test
  void aBuildThatLeavesNoAppIsToldSo() throws IOException {
    makefile("true");
    Failure failure = failure();
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.what().contains("which net.toml names as the app"), failure.what());
  }

  @Test
  void anImageOfTheNetsOwnBootsInsteadOfThePackages() throws IOException {
    netToml("image = \"own.elf\"");
    Files.write(project.resolve("linked"), SampleKernel.image(""));
    makefile("gcc -static -o $@ $< && cp linked own.elf");
    assertEquals(project.resolve("own.elf"), build().image());
  }

  @Test
  void aCommandOfTheProjectIsRunFromItsFolder() throws IOException {
    Path script = project.resolve("build.sh");
    Files.writeString(script, "#!/bin/sh\nexec make \"$@\"\n");
    assertTrue(script.toFile().setExecutable(true));
    netToml("[build]\ncommand = [\"./build.sh\", \"-s\"]");
    assertEquals(Optional.of(project.resolve("app")), build().app());
    assertEquals("", Files.readString(output));
  }

  private static List<String> names(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.map(child -> child.getFileName().toString()).toList();
    }
  }
}
