package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Unmodified programs from Debian on remora, with files, do what they do on Linux. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class DelegationIT {

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private static final int BIG = 64 << 20;

  private static final String TREE = "data/deep";

  @TempDir private static Path folder;

  private static Shell user;

  private static Stream<List<String>> busybox() {
    return Stream.of(
        List.of("sha256sum", "data/big", "data/lines"),
        List.of("md5sum", "data/big"),
        List.of("wc", "data/lines", "data/tree.tar"),
        List.of("sort", "-n", "data/lines"),
        List.of("awk", "{ sum += $1 } END { print NR, sum }", "data/lines"),
        List.of("sed", "-n", "s/^\\([0-9]*\\)7 /<\\1>/p", "data/lines"),
        List.of("grep", "-c", "99", "data/lines"),
        List.of("grep", "-r", "needle", TREE, "data/lines", "data/tree.tar"),
        List.of("bzip2", "-c", "data/big"),
        List.of("gzip", "-c", "data/big"),
        List.of("tar", "-t", "-f", "data/tree.tar"),
        List.of("find", "data", "-type", "f", "-size", "+1000"),
        List.of("find", "data", "-name", "no such", "-o", "-links", "+1"),
        List.of("cat", "data/no-such-file"),
        List.of("ls", "-ln", "data/deep"),
        List.of("head", "-c", "100000", "data/big"));
  }

  private static Stream<Arguments> busyboxInEachMode() {
    return inEachMode(busybox());
  }

  private static Stream<Arguments> programs() {
    return inEachMode(
        Stream.of(
                List.of("/usr/bin/bzip2", "-k", "-c", "data/lines"),
                List.of("/usr/bin/xz", "-T1", "-1", "-c", "data/lines"),
                List.of(
                    "/usr/bin/sqlite3",
                    "data/base.db",
                    "create table if not exists t(a, b); delete from t; insert into t values(1,"
                        + " 'x'), (2, 'y'); select sum(a), group_concat(b) from t; pragma"
                        + " integrity_check;"),
                List.of(
                    "/usr/bin/python3",
                    "-I",
                    "-c",
                    "import json, hashlib, os; d = open('data/lines','rb').read();"
                        + " print(hashlib.sha256(d).hexdigest(), len(d),"
                        + " sorted(os.listdir('data')), json.dumps({'a': [1, 2.5, None]}))"),
                List.of("/usr/bin/python3", "-I", "-c", "raise SystemExit(7)"),
                List.of("/usr/bin/openssl", "sha256", "data/lines"))
            .map(List.class::cast));
  }

  private static Stream<Arguments> inEachMode(Stream<?> commands) {
    return commands.flatMap(
        command -> Stream.of(DelegatingMode.values()).map(mode -> Arguments.of(mode, command)));
  }

  @ParameterizedTest
  @MethodSource("busyboxInEachMode")
  void busyboxDoesAsOnLinux(DelegatingMode mode, List<String> command) throws IOException {
    sameAsOnLinux(mode, List.of(), BUSYBOX, command);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void dynamicProgramsDoAsOnLinux(DelegatingMode mode, List<String> command) throws IOException {
    sameAsOnLinux(
        mode,
        mode.withLibraries(),
        Path.of(command.getFirst()),
        command.subList(1, command.size()));
  }

  @ParameterizedTest
  @EnumSource
  void opensslMeasuresForASecond(DelegatingMode mode) throws IOException {
    Shell.Result speed =
        Expect.success(
            mode.dive(
                user,
                mode.withLibraries(),
                Path.of("/usr/bin/openssl"),
                List.of("speed", "-seconds", "1", "-bytes", "1024", "sha256")));
    assertTrue(speed.text().matches("(?s).*sha256 +[1-9].*"), speed::toString);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsThereAfterwards(DelegatingMode mode) throws IOException {
    Expect.success(
        mode.dive(
            user,
            List.of(),
            BUSYBOX,
            List.of("dd", "if=data/big", "of=data/copy", "bs=1M", "conv=fsync")));
    assertEquals(
        -1, Files.mismatch(user.folder().resolve("data/big"), user.folder().resolve("data/copy")));
    Expect.success(mode.dive(user, List.of(), BUSYBOX, List.of("mkdir", "-p", "data/new/folder")));
    Expect.success(
        mode.dive(user, List.of(), BUSYBOX, List.of("mv", "data/copy", "data/new/folder/moved")));
    assertEquals(BIG, Files.size(user.folder().resolve("data/new/folder/moved")));
  }

  /** The archive itself differs from one made on Linux: users' names are not the net's to read. */
  @ParameterizedTest
  @EnumSource
  void tarPacksATreeAndUnpacksIt(DelegatingMode mode) throws IOException {
    String packed = "data/packed-" + mode + ".tar";
    String unpacked = "data/unpacked-" + mode;
    Expect.success(mode.dive(user, List.of(), BUSYBOX, List.of("tar", "-cf", packed, TREE)));
    Files.createDirectories(user.folder().resolve(unpacked));
    Expect.success(
        mode.dive(user, List.of(), BUSYBOX, List.of("tar", "-xf", packed, "-C", unpacked)));
    Expect.success(user.run("diff", "-r", "--no-dereference", TREE, unpacked + "/" + TREE));
  }

  @ParameterizedTest
  @EnumSource
  void stdinIsReadToItsEnd(DelegatingMode mode) throws IOException {
    byte[] noise = new byte[3_000_001];
    new Random(1).nextBytes(noise);
    Shell.Result copied =
        user.diverWithInput(
            noise, mode.words(user, List.of(), BUSYBOX, List.of("cat")).toArray(String[]::new));
    Expect.success(copied);
    assertArrayEquals(noise, copied.output());
  }

  @ParameterizedTest
  @EnumSource
  void theReportSaysWhatWasForwardedAndWhatItCost(DelegatingMode mode) throws IOException {
    Shell.Result stat =
        Expect.success(
            mode.dive(user, List.of("--report", "--json"), BUSYBOX, List.of("stat", "data/lines")));
    for (String said : List.of("\"forwarded\"", "forwarding", "service", "waiting", "\"local\"")) {
      assertTrue((stat.text() + stat.errors()).contains(said), () -> said + " not in " + stat);
    }
  }

  /** Without a Linux, what needs one is refused and named. */
  @Test
  void aSealedMachineStaysSealed() {
    Shell.Result cat =
        user.diver(
            "dive",
            "--kernel",
            "remora",
            "--report",
            BUSYBOX.toString(),
            "--",
            "cat",
            "data/lines");
    assertEquals(1, cat.status(), cat::toString);
    assertTrue(cat.errors().contains("Function not implemented"), cat::toString);
    assertTrue(cat.errors().contains("open"), cat::toString);
    Expect.failure(
        user.diver("dive", "--kernel", "remora", "/usr/bin/xz", "--", "--version"),
        "/lib64/ld-linux-x86-64.so.2",
        "--delegate");
  }

  private static void sameAsOnLinux(
      DelegatingMode mode, List<String> options, Path app, List<String> args) {
    Shell.Result linux =
        user.run(Stream.concat(Stream.of(app.toString()), args.stream()).toArray(String[]::new));
    Shell.Result remora = mode.dive(user, options, app, args);
    assertEquals(linux.status(), remora.status(), remora::toString);
    assertArrayEquals(linux.output(), remora.output(), () -> "other output: " + args);
    assertEquals(linux.errors(), remora.errors());
  }

  /** A user with a folder of files: one of 64 MiB, lines of text, a tree. */
  @BeforeAll
  static void makeData(Catalog catalog, Node node) throws IOException {
    user = node.reachedBy(catalog.user(folder));
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("pull", "linux"));
    Path data = Files.createDirectories(user.folder().resolve("data"));
    Random random = new Random(2);
    // long runs, so that compressing 64 MiB under emulation takes seconds
    byte[] run = "0123456789abcdef".repeat(65536).getBytes(StandardCharsets.US_ASCII);
    try (OutputStream out = Files.newOutputStream(data.resolve("big"))) {
      for (int written = 0; written < BIG; written += run.length) {
        Arrays.fill(run, 64, run.length, (byte) ('a' + random.nextInt(26)));
        out.write(run);
      }
    }
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append(random.nextInt(1_000_000)).append(" line ").append(i).append('\n');
    }
    Files.writeString(data.resolve("lines"), lines);
    Path deep = Files.createDirectories(data.resolve("deep/er/still"));
    Files.writeString(deep.resolve("hay"), "straw\na needle\nstraw\n");
    Files.createLink(data.resolve("deep/hay too"), deep.resolve("hay"));
    Files.createSymbolicLink(data.resolve("deep/link"), Path.of("er/still"));
    Expect.success(user.run("tar", "-cf", "data/tree.tar", TREE));
  }
}
