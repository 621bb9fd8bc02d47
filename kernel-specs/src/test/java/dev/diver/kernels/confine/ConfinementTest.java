package dev.diver.kernels.confine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/** Real scripts under the real bubblewrap, with a user's home around them. */
class ConfinementTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  /** Not in /tmp, of which each script has its own. */
  @TempDir(factory = InTarget.class)
  private Path temporary;

  private Path home;
  private Path folder;
  private Path output;
  private Map<String, String> environment;

  static final class InTarget implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Path.of("target").toRealPath(), "confined");
    }
  }

  @BeforeEach
  void makeHome() throws IOException {
    Path root = temporary.toRealPath();
    home = Files.createDirectories(root.resolve("home"));
    folder = Files.createDirectories(home.resolve("work/kernel"));
    output = root.resolve("output");
    Files.writeString(home.resolve("secret"), "a secret");
    environment = new HashMap<>(Map.of("HOME", home.toString(), "PATH", System.getenv("PATH")));
  }

  // What it says

  @Test
  void statusAndOutputPassThrough() throws IOException {
    assertEquals(7, run("echo out; echo err >&2; exit 7"));
    assertEquals("out\nerr\n", said());
    assertEquals(128 + 9, run("kill -9 $$"));
    assertEquals(1, run("false"));
  }

  @Test
  void itsEnvironmentIsTheContractsAlone() throws IOException {
    environment.put("TOKEN", "a secret");
    environment.put("https_proxy", "http://user:secret@proxy");
    assertEquals(0, run("env | cut -d= -f1 | sort | tr '\\n' ' '; cat /proc/1/environ"));
    assertEquals(
        "DIVER_CONTRACT DIVER_HOME DIVER_NO_REBUILD HOME JAVA_HOME LANG LC_ALL PATH PWD"
            + " SOURCE_DATE_EPOCH TERM TMPDIR TZ ",
        said().replaceFirst("PATH=.*", "").replace("_=", ""));
  }

  @Test
  void withTheNetworkComesItsProxy() throws IOException {
    environment.put("https_proxy", "http://proxy");
    run("echo $https_proxy", new Grants(true, List.of(), Optional.empty(), LONG));
    assertEquals("http://proxy\n", said());
  }

  // What it may do

  @Test
  void itWritesToItsFolderAndToATemporaryFolderOfItsOwn() throws IOException {
    Path stray = Files.createTempFile("stray", null);
    try {
      assertEquals(0, run("echo made >here; echo made >/tmp/of-confined; ls /tmp; pwd"));
      assertEquals("made\n", Files.readString(folder.resolve("here")));
      assertFalse(said().contains(String.valueOf(stray.getFileName())), said());
      assertTrue(said().endsWith(folder + "\n"), said());
      assertFalse(Files.exists(Path.of("/tmp/of-confined")));
    } finally {
      Files.delete(stray);
    }
  }

  /**
   * The status of a script that writes around its folder. Where that is below /tmp, the write goes
   * to the script's own /tmp, and is lost with it.
   */
  private int outside() {
    return folder.startsWith("/tmp") ? 0 : 2;
  }

  @Test
  void nothingElseCanBeWritten() throws IOException {
    for (String place :
        List.of("/x", "/usr/x", "/etc/x", "/var/x", "../x", "$OLDHOME/x", "/proc/sys/kernel/x")) {
      int refused = place.equals("../x") ? outside() : 2;
      assertEquals(refused, run("OLDHOME=" + home + "; : >" + place), place);
    }
    assertTrue(run(": >/usr/x") != 0 && said().contains("Read-only file system"), said());
    assertEquals(1, run("[ -w /proc/sys/kernel/core_pattern ]"));
    assertFalse(Files.exists(home.resolve("work/x")));
  }

  @Test
  void aLinkOutOfTheFolderLeadsNowhere() throws IOException {
    Files.createSymbolicLink(folder.resolve("link"), home.resolve("secret"));
    assertEquals(1, run("cat link"));
    assertEquals(outside(), run("echo changed >link"));
    assertEquals("a secret", Files.readString(home.resolve("secret")));
  }

  @Test
  void homeAndSecretsAreHidden() throws IOException {
    assertEquals(1, run("cat " + home.resolve("secret")));
    assertEquals(
        0, run("[ ! -e /etc/shadow ] && [ ! -e /root ] && [ ! -e /run ] && [ ! -e /home ]"));
    assertEquals(0, run("[ $(ls -d /proc/[0-9]* | wc -l) -lt 10 ]"));
  }

  @Test
  void whatIsGrantedCanBeReadAndNotWritten() throws IOException {
    Path more = Files.createDirectories(home.resolve("more"));
    Files.writeString(more.resolve("header"), "header");
    Grants grants = new Grants(false, List.of(more), Optional.empty(), LONG);
    assertEquals(0, run("cat " + more + "/header", grants));
    assertEquals(2, run("echo changed >" + more + "/header", grants));
    assertEquals("header", Files.readString(more.resolve("header")));
  }

  @Test
  void theRepositoryThatItIsInCanBeReadWithoutItsCredentials() throws IOException {
    Path work = folder.resolveSibling("");
    Files.createDirectories(work.resolve(".git"));
    Files.writeString(work.resolve(".git/config"), "url = https://token@host");
    Files.writeString(work.resolve("shared"), "shared");
    assertEquals(0, run("cat ../shared ../.git/config; : >own"));
    assertEquals("shared", said());
    assertEquals(2, run(": >../shared"));
  }

  @Test
  void hooksOfARepositoryThatIsItsFolderCannotBeWritten() throws IOException {
    Files.createDirectories(folder.resolve(".git/hooks"));
    Files.writeString(folder.resolve(".git/HEAD"), "ref");
    assertEquals(0, run("cat .git/HEAD; : >own"));
    assertEquals(2, run("echo evil >.git/hooks/pre-commit"));
    assertEquals(1, run("mv .git .hidden"));
    assertFalse(Files.exists(folder.resolve(".git/hooks/pre-commit")));
  }

  @Test
  void whatIsGrantedMustExist() {
    Grants grants = new Grants(false, List.of(home.resolve("absent")), Optional.empty(), LONG);
    assertEquals(Kind.NOT_FOUND, failure(() -> run("true", grants)).kind());
  }

  @Test
  void aRepositoryOfTheWholeHomeIsNot() throws IOException {
    Files.createDirectories(home.resolve(".git"));
    assertEquals(1, run("cat ../../secret"));
  }

  @Test
  void dataOfDiverStaysHiddenInARepository() throws IOException {
    Path work = folder.resolveSibling("");
    Files.createDirectories(work.resolve(".git"));
    Path data = Files.createDirectories(work.resolve("data"));
    Files.writeString(data.resolve("auth.json"), "a secret");
    environment.put("DIVER_HOME", data.toString());
    assertEquals(1, run("cat ../data/auth.json"));
  }

  @Test
  void aFolderThatHoldsTheHomeIsRefused() {
    environment.put("HOME", folder.resolve("home").toString());
    assertEquals(Kind.INVALID, failure(() -> run("true")).kind());
  }

  @Test
  void thereIsNoNetworkUnlessItIsGranted() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String connect = "bash -c 'echo >/dev/tcp/127.0.0.1/" + server.getLocalPort() + "'";
      assertEquals(1, run(connect));
      assertEquals(0, run(connect, new Grants(true, List.of(), Optional.empty(), LONG)));
    }
  }

  @Test
  void itsDiverHasTheKernelsOfTheStoreAndMayAddItsOwn() throws IOException {
    Path store = Files.createDirectories(home.resolve("store"));
    Files.createDirectories(store.resolve("blobs/sha256"));
    Files.writeString(store.resolve("blobs/sha256/abc"), "blob");
    Files.writeString(store.resolve("index.json"), "{}");
    Files.writeString(store.resolve("oci-layout"), "{}");
    Grants grants = new Grants(false, List.of(), Optional.of(store), LONG);
    String own = "cd $DIVER_HOME/store && cat blobs/sha256/abc && echo 1 >blobs/sha256/def && ";
    assertEquals(0, run(own + "echo 2 >index.json && ! (echo 3 >blobs/sha256/abc)", grants));
    assertEquals("{}", Files.readString(store.resolve("index.json")));
    assertEquals("blob", Files.readString(store.resolve("blobs/sha256/abc")));
    assertFalse(Files.exists(store.resolve("blobs/sha256/def")));
  }

  // How it ends

  @Test
  void whatItLeavesRunningIsEndedAndIsAnError() throws Exception {
    Failure failure = failure(() -> run("sleep 1234 & setsid sleep 1235 & exit 0"));
    assertEquals(Kind.FAILED, failure.kind());
    assertTrue(failure.what().contains("scripts/build left processes"), failure.what());
    assertTrue(failure.what().contains("sleep sleep"), failure.what());
    requireEnded("sleep\0001234");
    requireEnded("sleep\0001235");
  }

  @Test
  void whatEndsInAMomentIsNot() throws IOException {
    assertEquals(0, run("sleep 0.1 & exit 0"));
  }

  @Test
  void atTheDeadlineItEndsWithAllThatItStarted() throws Exception {
    Failure failure =
        failure(() -> run("sleep 1236 & sleep 1237", Grants.within(Duration.ofSeconds(1))));
    assertEquals(Kind.INTERRUPTED, failure.kind());
    requireEnded("sleep\0001236");
    requireEnded("sleep\0001237");
  }

  @Test
  void itIsAskedToEndSoThatMakeCanRemoveWhatIsNotFinished() throws IOException {
    Files.writeString(folder.resolve("Makefile"), "half:\n\techo half >half; sleep 1238\n");
    failure(() -> run("make", Grants.within(Duration.ofSeconds(2))));
    assertTrue(said().contains("sleep 1238"), said());
    assertFalse(Files.exists(folder.resolve("half")));
  }

  @Test
  void whatIgnoresBeingAskedIsKilled() throws Exception {
    String stubborn = "trap '' TERM; while :; do sleep 1239; done";
    failure(() -> run(stubborn, Grants.within(Duration.ofSeconds(1))));
    requireEnded("sleep\0001239");
  }

  @Test
  void whenInterruptedItEnds() throws Exception {
    CompletableFuture<Kind> kind = new CompletableFuture<>();
    Thread runner =
        Thread.ofPlatform()
            .start(() -> kind.complete(failure(() -> run("echo up; sleep 1240")).kind()));
    while (!Files.exists(output) || Files.size(output) == 0) {
      Thread.sleep(10);
    }
    runner.interrupt();
    assertEquals(Kind.INTERRUPTED, kind.get());
    requireEnded("sleep\0001240");
  }

  @Test
  void itEndsWithTheOneWhoStartedItEvenKilled() throws Exception {
    String classes = System.getProperty("java.class.path");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process starter =
        new ProcessBuilder(
                java,
                "-cp",
                classes,
                Starter.class.getName(),
                folder.toString(),
                script("sleep 1241"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    while (running("sleep\0001241").isEmpty()) {
      assertTrue(starter.isAlive(), this::said);
      Thread.sleep(20);
    }
    starter.destroyForcibly().waitFor();
    while (running("sleep\0001241").isPresent()) {
      Thread.sleep(20);
    }
  }

  /** Runs a script in a Diver of its own, to be killed. */
  public static final class Starter {
    private Starter() {}

    public static void main(String[] words) {
      Script script =
          new Script(
              "scripts/build",
              List.of(words[1]),
              Path.of(words[0]),
              List.of(Path.of(words[0])),
              Map.of(),
              Grants.within(LONG));
      new Confinement(System.getenv()).run(script, Redirect.INHERIT);
    }
  }

  @Test
  void nothingIsLeftInTheTemporaryFolder() throws Exception {
    run("true");
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertEquals(
          List.of(),
          files.filter(f -> f.getFileName().toString().startsWith(Confinement.OUTCOME)).toList());
    }
  }

  // Where it cannot be done

  @Test
  void withoutBubblewrapNothingIsRun() throws IOException {
    environment.put("PATH", folder.toString());
    Failure failure = failure(() -> run(": >ran"));
    assertEquals(Kind.MISSING, failure.kind());
    assertTrue(failure.remedy().contains("apt-get install bubblewrap"), failure.remedy());
    assertFalse(Files.exists(folder.resolve("ran")));
  }

  @Test
  void withoutUserNamespacesNothingIsRunAndBubblewrapSaysWhy() throws IOException {
    Path programs = Files.createDirectories(home.resolve("programs"));
    executable(
        programs.resolve("bwrap"),
        "exec unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces;"
            + " exec /usr/bin/bwrap \"$@\"' sh \"$@\"");
    environment.put("PATH", programs + ":" + System.getenv("PATH"));
    Failure failure = failure(() -> run(": >ran"));
    assertEquals(Kind.MISSING, failure.kind());
    assertTrue(failure.what().contains("bwrap: "), failure.what());
    assertFalse(Files.exists(folder.resolve("ran")));
  }

  @Test
  void theSettingThatForbidsUserNamespacesIsNamedWithTheCommandThatMendsIt() throws IOException {
    for (String setting :
        List.of(
            "kernel/unprivileged_userns_clone=0",
            "user/max_user_namespaces=0",
            "kernel/apparmor_restrict_unprivileged_userns=1")) {
      Path settings = Files.createTempDirectory(temporary, "sys");
      String[] parts = setting.split("=", -1);
      Files.createDirectories(settings.resolve(parts[0]).getParent());
      Files.writeString(settings.resolve(parts[0]), parts[1] + "\n");
      Failure failure = Namespaces.explain(settings, "something");
      String name = parts[0].replace('/', '.');
      assertTrue(failure.remedy().contains("sysctl -w " + name + "="), failure.remedy());
    }
  }

  @Test
  void aScriptWithoutAnInterpreterFails() throws IOException {
    Path script = folder.resolve("script");
    executable(script, "true");
    Files.writeString(script, "#!/no/such/interpreter\n");
    assertEquals(127, confine(script.toString(), Grants.within(LONG)));
  }

  // The parts of a test

  private int run(String body) throws IOException {
    return run(body, Grants.within(LONG));
  }

  private int run(String body, Grants grants) throws IOException {
    return confine(script(body), grants);
  }

  private int confine(String script, Grants grants) throws IOException {
    Files.deleteIfExists(output);
    return new Confinement(environment)
        .run(
            new Script("scripts/build", List.of(script), folder, List.of(folder), Map.of(), grants),
            Redirect.appendTo(output.toFile()));
  }

  private String script(String body) throws IOException {
    return executable(folder.resolve("script"), body).toString();
  }

  private static Path executable(Path path, String body) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void requireEnded(String commandLine) {
    assertTrue(running(commandLine).isEmpty(), commandLine + " was left running");
  }

  /** The process that has this command line, as /proc has it. */
  private static Optional<ProcessHandle> running(String commandLine) {
    return ProcessHandle.allProcesses()
        .filter(
            process -> {
              try {
                Path words = Path.of("/proc/" + process.pid() + "/cmdline");
                return Files.readString(words).equals(commandLine + "\0");
              } catch (IOException | java.io.UncheckedIOException e) {
                return false;
              }
            })
        .findFirst();
  }

  private static Failure failure(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }
}
