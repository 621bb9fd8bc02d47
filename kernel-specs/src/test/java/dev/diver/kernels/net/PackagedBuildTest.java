package dev.diver.kernels.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.pack.SampleKernel;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nets that the scripts of their kernel's package build, test and prepare, confined for real. */
class PackagedBuildTest {

  @TempDir Path folder;
  private KernelStore store;
  private StoredKernel kernel;
  private Path output;
  private Path project;

  @BeforeEach
  void makeProject() throws IOException {
    store = KernelStore.open(folder.resolve("store"));
    kernel =
        Packer.pack(
            SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image("")), store);
    output = folder.resolve("output");
    project = Files.createDirectory(folder.resolve("net"));
    Files.createDirectory(project.resolve("src"));
    Files.writeString(project.resolve("src/main"), "source\n");
  }

  /** A kernel that takes its app in this way, with these scripts. */
  private void pack(String app, String build, String test, String deploy) throws IOException {
    Path toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
    Files.writeString(
        toml,
        Files.readString(toml).replace("[modes", "app = \"" + app + "\"\n\n[modes")
            + """

            [net]
            build = "net/build"
            test = "net/test"
            deploy = "net/deploy"
            """);
    script("build", build);
    script("test", test);
    script("deploy", deploy);
    kernel = Packer.pack(toml, store);
  }

  private void script(String name, String body) throws IOException {
    Path script = folder.resolve("kernel/net").resolve(name);
    Files.createDirectories(script.getParent());
    Files.writeString(script, "#!/bin/sh\nset -eu\n" + body + "\n");
    assertTrue(script.toFile().setExecutable(true));
  }

  private Net net(String more) throws IOException {
    Files.writeString(
        project.resolve("net.toml"),
        """
        name = "net"
        kernel = "sample:1.0"
        kernel-digest = "%s"
        %s
        """
            .formatted(kernel.digest(), more));
    return NetToml.read(project);
  }

  private NetBuilder builder() {
    return new NetBuilder(
        store, store::resolve, Redirect.appendTo(output.toFile()), System.getenv());
  }

  private Failure failure(Net net) {
    return assertThrows(DiverException.class, () -> builder().build(net)).failure();
  }

  @Test
  void theScriptMakesTheAppOfTheSourcesAndTheSdk() throws IOException {
    pack(
        "initrd",
        """
        pwd
        cat src/main "$DIVER_SDK/include/sample/sample.h" >"$DIVER_APP"
        cat "$DIVER_SDK/image" >"$DIVER_OUT/image"
        echo "$DIVER_CONTRACT $DIVER_NAME $DIVER_NET $DIVER_OUT"
        """,
        "true",
        "true");
    BuiltNet built = builder().build(net("app = \"build/app\""));
    assertEquals(Optional.of(project.resolve("build/app")), built.app());
    assertEquals("source\nint sample(void);\n", Files.readString(project.resolve("build/app")));
    assertEquals(SampleKernel.image("").length, Files.size(project.resolve("build/image")));
    assertEquals(
        "%1$s\n1 net %1$s %1$s/build\n".formatted(project.toRealPath()), Files.readString(output));
    try (Stream<Path> kept = Files.list(project.resolve(".diver"))) {
      List<String> names = kept.map(p -> p.getFileName().toString()).sorted().toList();
      assertEquals(List.of("kernel", "scripts"), names);
    }
  }

  @Test
  void theScriptWritesBelowBuildAlone() throws IOException {
    pack(
        "initrd",
        """
        for file in src/main net.toml "$DIVER_SDK/image" .diver/scripts/net/build; do
          if echo more 2>/dev/null >>"$file"; then echo "wrote $file"; fi
        done
        echo app >"$DIVER_APP"
        """,
        "true",
        "true");
    builder().build(net("app = \"build/app\""));
    assertEquals("", Files.readString(output));
    assertEquals("source\n", Files.readString(project.resolve("src/main")));
  }

  @Test
  void aScriptThatFailsIsNamedWithItsStatus() throws IOException {
    pack("initrd", "exit 3", "true", "true");
    assertEquals(
        new Failure(
            Failure.Kind.FAILED,
            "net/build failed with exit status 3.",
            "Its own messages say why."),
        failure(net("app = \"build/app\"")));
  }

  @Test
  void aCommandOfTheNetsOwnGoesBeforeTheScript() throws IOException {
    pack("initrd", "exit 3", "exit 3", "true");
    Net net =
        net(
            """
            app = "src/main"
            [build]
            command = []
            [test]
            command = ["sh", "-c", "echo tested"]
            """);
    Files.delete(project.resolve("src/main"));
    Files.copy(Path.of("/bin/busybox"), project.resolve("src/main"));
    BuiltNet built = builder().build(net);
    builder().test(built);
    assertEquals("tested\n", Files.readString(output));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          disk   | echo odd >"$DIVER_APP"            | is neither qcow2 nor a whole number of sectors
          disk   | : >"$DIVER_APP"                   | is empty
          initrd | : >"$DIVER_APP"                   | is empty
          initrd | ln -s /etc/passwd "$DIVER_APP"    | is a link that leads out of the project
          initrd | mkdir "$DIVER_APP"                | which net.toml names as the app of net
          initrd | true                              | which net.toml names as the app of net
          """)
  void whatItLeavesIsChecked(String app, String build, String what) throws IOException {
    pack(app, build, "true", "true");
    Failure failure = failure(net("app = \"build/app\""));
    assertTrue(failure.what().contains(what), failure.what());
  }

  @Test
  void aLinkedImageBootsAsTheKernelDoes() throws IOException {
    pack("none", "cp \"$DIVER_SDK/image\" \"$DIVER_IMAGE\"", "true", "true");
    Path image = project.resolve("build/linked");
    assertEquals(image, builder().build(net("image = \"build/linked\"")).image());
    pack("none", "cp src/main \"$DIVER_IMAGE\"", "true", "true");
    Failure failure = failure(net("image = \"build/linked\""));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains("which does not boot by pvh: "), failure.what());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          none   | app = "build/app"                          | names an app, and sample has its app linked into it.
          none   | modules = []                               | names no image, and the app is linked into that of sample.
          initrd | image = "build/kernel"                     | names no app, and sample takes one as its initrd.
          initrd | app = "build/app"\\ninitrd = "build/other" | names an initrd, and the initial ramdisk of sample is the app.
          initrd | app = "build/app"\\nmodules = ["build/m"]  | names modules, and sample is booted by pvh, which has none.
          initrd | app = "app"                                | names app, and the build script of sample:1.0 makes files below build alone.
          """)
  void aNetThatIsNotWhatTheKernelTakesIsRefused(String app, String toml, String what)
      throws IOException {
    pack(app, "for f in app kernel other m; do echo x >\"$DIVER_OUT/$f\"; done", "true", "true");
    Failure failure = failure(net(toml.replace("\\n", "\n")));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertEquals(project.resolve("net.toml") + " " + what, failure.what());
  }

  @Test
  void theTestSeesWhatWasBuiltAndHasAFolderOfItsOwn() throws IOException {
    pack(
        "initrd",
        "echo app >\"$DIVER_APP\"",
        "cat \"$DIVER_APP\"; test ! -e \"$DIVER_OUT/left\"; echo x >\"$DIVER_OUT/left\"",
        "true");
    BuiltNet built = builder().build(net("app = \"build/app\""));
    builder().test(built);
    builder().test(built);
    assertEquals("app\napp\n", Files.readString(output));
    assertTrue(Files.exists(project.resolve("build/test/left")));
  }

  @Test
  void aKernelWithoutATestSaysSo() throws IOException {
    Net net = net("app = \"app\"\n[build]\ncommand = []");
    Files.copy(Path.of("/bin/busybox"), project.resolve("app"));
    BuiltNet built = builder().build(net);
    Failure failure = assertThrows(DiverException.class, () -> builder().test(built)).failure();
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
    assertEquals("net has no test, and sample:1.0 brings none.", failure.what());
  }

  @Test
  void deployMakesTheAppOfOneDive() throws IOException {
    pack(
        "initrd",
        "echo app >\"$DIVER_APP\"",
        "true",
        "{ cat \"$DIVER_APP\"; printf '%s\\n' \"$@\"; } >\"$DIVER_OUT/app\"");
    DeployScript script =
        DeployScript.of(builder().build(net("app = \"build/app\""))).orElseThrow();
    Path scratch = folder.resolve("cache");
    Path file;
    try (DeployedApp deployed = deploy(script, scratch, "one", "two words")) {
      file = deployed.file();
      assertEquals("app\none\ntwo words\n", Files.readString(file));
      assertEquals("app", file.getFileName().toString());
    }
    assertFalse(Files.exists(file));
    try (Stream<Path> left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
    assertEquals("app\n", Files.readString(project.resolve("build/app")));
  }

  @Test
  void deployWorksForAnAppWithoutANet() throws IOException {
    pack("initrd", "true", "true", "cp \"$DIVER_APP\" \"$DIVER_OUT/app\"");
    Path app = Files.writeString(folder.resolve("alone"), "alone\n");
    Path cache = folder.resolve("cache");
    DeployScript script = DeployScript.of(kernel, store, Optional.of(app), cache).orElseThrow();
    try (DeployedApp deployed = deploy(script, cache)) {
      assertEquals("alone\n", Files.readString(deployed.file()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          true                                       | net/deploy left no file $DIVER_OUT/app.
          ln -s /etc/passwd "$DIVER_OUT/app"         | net/deploy left no file $DIVER_OUT/app.
          exit 4                                     | net/deploy failed with exit status 4.
          """)
  void aDeployThatLeavesNothingToBootIsRefused(String deploy, String what) throws IOException {
    pack("initrd", "echo app >\"$DIVER_APP\"", "true", deploy);
    DeployScript script =
        DeployScript.of(builder().build(net("app = \"build/app\""))).orElseThrow();
    Path scratch = folder.resolve("cache");
    Failure failure =
        assertThrows(DiverException.class, () -> deploy(script, scratch).close()).failure();
    assertEquals(what, failure.what());
    try (Stream<Path> left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private DeployedApp deploy(DeployScript script, Path scratch, String... arguments) {
    return DeployedApp.make(
        script, List.of(arguments), scratch, Redirect.appendTo(output.toFile()), System.getenv());
  }
}
