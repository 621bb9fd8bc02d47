package dev.diver.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a user starts it, in a copy of the repository as far as it looks at it. */
@Timeout(300)
class LauncherIT {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
  private static final String PREREQUISITES =
      "diver-cli/src/main/resources/dev/diver/cli/prerequisites";

  private record Result(int status, String out, String err) {}

  @TempDir Path folder;
  private Path target;
  private final Map<String, String> environment = new HashMap<>(System.getenv());

  @BeforeEach
  void copyRepository() throws IOException {
    target = folder.resolve("diver-cli/target");
    copy("diver");
    copy(PREREQUISITES);
    copy("diver-cli/target/classes/dev/diver/cli/version");
    Path jars = REPOSITORY.resolve("diver-cli/target/lib");
    try (Stream<Path> all = Files.list(jars)) {
      for (Path jar : all.toList()) {
        copy(REPOSITORY.relativize(jar).toString());
      }
    }
    environment.put("DIVER_HOME", folder.resolve("home").toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("DIVER_NO_REBUILD", "1"); // the copy has no sources to build from
    environment.remove("JDK_JAVA_OPTIONS");
  }

  /** The background must have ended before the folder can be removed. */
  @AfterEach
  void awaitCache() throws IOException, InterruptedException {
    if (Files.isDirectory(target.resolve("aot"))) {
      cache();
      assertEquals(
          0, exec(List.of("flock", target.resolve("aot/lock").toString(), "true")).status());
    }
  }

  private void copy(String file) throws IOException {
    Path copy = folder.resolve(file);
    Files.createDirectories(Optional.ofNullable(copy.getParent()).orElseThrow());
    Files.copy(REPOSITORY.resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private Result run(String... words) throws IOException, InterruptedException {
    return exec(Stream.concat(Stream.of(folder + "/diver"), Stream.of(words)).toList());
  }

  private Result exec(List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    int status = builder.start().waitFor();
    return new Result(status, Files.readString(out), Files.readString(err));
  }

  /** The start-up cache, once the background has made it. */
  private Path cache() throws IOException, InterruptedException {
    return cache("");
  }

  /** The one for this kind of commands. */
  private Path cache(String kind) throws IOException, InterruptedException {
    while (true) {
      try (Stream<Path> made = Files.list(Files.createDirectories(target.resolve("aot")))) {
        Optional<Path> cache =
            made.filter(
                    path ->
                        path.getFileName().toString().matches("[0-9a-f]{64}-.*" + kind + "\\.aot"))
                .findFirst();
        if (cache.isPresent()) {
          return cache.get();
        }
      }
      Thread.sleep(100);
    }
  }

  @Test
  void printsTheVersionThatJavaPrints() throws IOException, InterruptedException {
    Result launcher = run("--version");
    assertEquals(0, launcher.status());
    assertEquals(new Typed(folder).run("--version").out(), launcher.out());
  }

  @Test
  void worksThroughALink() throws IOException, InterruptedException {
    Path link = Files.createDirectories(folder.resolve("bin")).resolve("dv");
    Files.createSymbolicLink(link, folder.resolve("diver"));
    assertEquals(run("--version").out(), exec(List.of(link.toString(), "--version")).out());
  }

  @Test
  void makesItsCacheInTheBackgroundAndUsesIt() throws IOException, InterruptedException {
    // what a process that was killed while it made the cache leaves
    Files.createDirectories(target.resolve("aot"));
    Files.createFile(target.resolve("aot/lock"));
    Files.writeString(target.resolve("aot/training.aot"), "half");
    assertEquals(0, run("images").status());
    assertTrue(Files.size(cache()) > 1_000_000, "the rehearsal failed");
    environment.put("JDK_JAVA_OPTIONS", "-XX:AOTMode=on"); // a cache that is unfit is fatal
    Result cached = run("images");
    assertEquals(0, cached.status(), cached.err());
    assertTrue(Files.notExists(target.resolve("aot/training.aot")));
  }

  @Test
  void rehearsesTheOtherCommandsAsWell() throws IOException, InterruptedException {
    run("doctor");
    assertTrue(Files.size(cache("full")) > 1_000_000, "the rehearsal failed");
    String doctor = run("doctor").out();
    assertTrue(!doctor.contains("start-up cache"), doctor);
  }

  @Test
  void saysWhyItsCacheCouldNotBeMade() throws IOException, InterruptedException {
    environment.put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + folder.resolve("absent"));
    run("doctor");
    assertEquals(0, Files.size(cache("full")));
    environment.remove("JDK_JAVA_OPTIONS");
    String doctor = run("doctor").out();
    assertTrue(doctor.contains("start-up cache: could not be made"), doctor);
    String log = Files.readString(target.resolve("aot/rehearsal-full.log"));
    assertTrue(log.contains("NoSuchFileException"), log);
    assertTrue(doctor.contains(target.resolve("aot/rehearsal-full.log") + " says why"), doctor);
  }

  @Test
  void runsTheClassesOfAJarThatHasChanged() throws IOException, InterruptedException {
    run("images");
    Path old = cache();
    replaceMain();
    assertEquals("changed\n", run("images").out());
    Files.deleteIfExists(old); // who makes the other one removes it, too
    assertTrue(!cache().equals(old), "the cache of other classes has the same name");
    assertEquals("changed\n", run("images").out());
  }

  private void replaceMain() throws IOException {
    Path source = folder.resolve("Main.java");
    Files.writeString(
        source,
        """
        package dev.diver.cli;
        public final class Main {
          public static void main(String[] words) { System.out.println("changed"); }
          public static int run(java.util.List<String> words, dev.diver.cli.output.Shell shell) {
            return 0;
          }
        }
        """);
    Path jar = target.resolve("lib/diver-cli.jar");
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                jar.toString(),
                "-d",
                folder.toString(),
                source.toString());
    assertEquals(0, status);
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
      Files.copy(
          folder.resolve("dev/diver/cli/Main.class"),
          zip.getPath("dev/diver/cli/Main.class"),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Test
  void saysWhichJavaToInstallWhereThereIsNone() throws IOException, InterruptedException {
    environment.put("JAVA_HOME", folder.resolve("nowhere").toString());
    environment.put("DIVER_JVMS", folder.resolve("nowhere").toString());
    environment.put("PATH", programs("find", "readlink").toString());
    Result result = run("images");
    assertEquals(125, result.status());
    assertTrue(result.err().startsWith("error: Diver needs Java 25 or newer"), result.err());
    assertTrue(result.err().contains("help: Install a JDK 25"), result.err());
  }

  @Test
  void namesWhatIsMissingAndTheCommandThatInstallsIt() throws IOException, InterruptedException {
    environment.put("PATH", programs("id").toString());
    Result result = run("setup", "--no-install", "run");
    assertEquals(125, result.status());
    assertTrue(
        result
            .err()
            .startsWith("missing: qemu-system-x86_64 (package qemu-system-x86): the virtual"),
        result.err());
    assertTrue(
        result.err().contains("apt-get install qemu-system-x86 grub-common xorriso\n"),
        result.err());
  }

  @Test
  void setsUpNothingWhereNothingIsMissing() throws IOException, InterruptedException {
    assertEquals(new Result(0, "", ""), run("setup", "--no-install", "run", "build"));
    assertEquals(2, run("setup", "everything").status());
  }

  @Test
  void endsQuietlyInAPipeThatIsClosed() throws IOException, InterruptedException {
    String diver = folder.resolve("diver").toString();
    Result result = exec(List.of("bash", "-c", diver + " --help | true; echo ${PIPESTATUS[0]}"));
    assertEquals(new Result(0, "141\n", ""), result);
  }

  /** A file of Java's own would be standard input otherwise. */
  @Test
  void readsNothingWhereStandardInputIsClosed() throws IOException, InterruptedException {
    String diver = folder.resolve("diver").toString();
    Result result = exec(List.of("sh", "-c", diver + " login -u me --password-stdin <&-"));
    assertEquals(125, result.status(), result.err());
    assertTrue(result.err().startsWith("error: Standard input"), result.err());
  }

  /** A kernel's first day: its own scripts call Diver in turn, and the kernel boots in QEMU. */
  @Test
  void aNewKernelBuildsBootsAndPassesItsTest() throws IOException, InterruptedException {
    assertEquals(0, run("kernel", "new", "mine").status());
    Result built = run("kernel", "build", "--quiet", "mine");
    assertEquals(new Result(0, "", ""), built);
    Result tested = run("kernel", "test", "mine");
    assertEquals("2 tests passed\n", tested.out(), tested.err());
    assertEquals(0, run("kernel", "package", "mine").status());
    Result dived = run("dive", "--report", "--kernel", "mine:0.1.0", "--", "two words");
    assertEquals("mine: two words\n", dived.out().replace("'", ""), dived.err());
    assertEquals(0, dived.status());
    assertTrue(dived.err().contains("exit status 0 after"), dived.err());
    assertEquals(1, run("dive", "--kernel", "mine:0.1.0").status());
  }

  /** A folder with nothing but these programs. */
  private Path programs(String... names) throws IOException, InterruptedException {
    Path programs = Files.createDirectories(folder.resolve("programs"));
    for (String name : names) {
      Process which = new ProcessBuilder("sh", "-c", "command -v " + name).start();
      String path =
          new String(which.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertEquals(0, which.waitFor(), name + " is missing");
      Files.createSymbolicLink(programs.resolve(name), Path.of(path));
    }
    return programs;
  }
}
