package dev.diver.cli.start;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.diver.cli.Main;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs the common commands once, the quick ones or the others, so that the JDK can record their
 * classes in the start-up cache. What is not rehearsed still works, only slower. Fails where a
 * rehearsed command does, since the cache would then lack what it is for.
 */
public final class Rehearsal {

  /** The commands that only look at what is here. Their cache stays small. */
  private static final List<List<String>> QUICK =
      List.of(
          List.of("images"),
          List.of("images", "--json"),
          List.of("ps"),
          List.of("--help"),
          List.of("--version"),
          List.of("images", "--help"),
          List.of("completion", "--words", "--", "im"));

  /** Its kernel is none, and there may be no QEMU; yet all but the app's own run is rehearsed. */
  private static final List<String> FAILING_DIVE =
      List.of("dive", "--report", "--kernel", "rehearsal:0.1.0");

  /** A store of one kernel, as far as listing looks. */
  private static final String INDEX =
      """
      {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
      "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":1,
      "artifactType":"application/vnd.diver.kernel.v1",
      "annotations":{"org.opencontainers.image.ref.name":"rehearsal:0.1.0",
      "dev.diver.kernel.name":"rehearsal","dev.diver.kernel.version":"0.1.0",
      "dev.diver.kernel.summary":"A kernel to rehearse with","dev.diver.kernel.size":"123456",
      "dev.diver.kernel.pulled":"2026-01-01T00:00:00Z"}},
      {"mediaType":"application/vnd.oci.image.manifest.v1+json",
      "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":1,
      "artifactType":"application/vnd.diver.kernel.v1",
      "annotations":{"org.opencontainers.image.ref.name":"rehearsal:latest",
      "dev.diver.kernel.name":"rehearsal","dev.diver.kernel.version":"0.2.0",
      "dev.diver.kernel.summary":"A kernel to rehearse with","dev.diver.kernel.size":"1600000",
      "dev.diver.kernel.pulled":"2026-01-01T00:00:00.123456789Z"}}]}
      """;

  /** What a catalog answers to a search. */
  private static final String FOUND =
      """
      {"total":1,"page":1,"size":20,"kernels":[{"name":"rehearsal","version":"0.1.0",
      "latest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "summary":"A kernel to rehearse with","tags":["hpc"],"modes":["full-vm"],"arch":"x86_64",
      "license":"Apache-2.0","pulls":1,"updated":"2026-01-01T00:00:00Z","size":1,
      "versions":["0.1.0"]}]}
      """;

  private final Shell shell;

  private Rehearsal(Shell shell) {
    this.shell = shell;
  }

  public static void main(String[] kind) throws IOException {
    Shell real = Shell.ofProcess(); // what it loads is rehearsed, too
    Path folder = Files.createTempDirectory("diver-rehearsal");
    try {
      if (kind[0].equals("quick")) {
        new Rehearsal(shell(real, folder, 0)).runQuick();
      } else {
        runFull(real, folder);
      }
    } finally {
      delete(folder);
    }
  }

  private static void runFull(Shell real, Path folder) throws IOException {
    HttpServer catalog =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    catalog.createContext("/", Rehearsal::answer);
    catalog.start();
    try {
      new Rehearsal(shell(real, folder, catalog.getAddress().getPort())).runFull();
    } finally {
      catalog.stop(0);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] found = FOUND.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, found.length);
      exchange.getResponseBody().write(found);
    }
  }

  private static Shell shell(Shell real, Path folder, int port) {
    return new Shell(
        InputStream.nullInputStream(),
        new ByteArrayOutputStream(),
        new ByteArrayOutputStream(),
        Terminals.NONE,
        Map.of(
            "DIVER_HOME", folder.resolve("home").toString(),
            "DIVER_CATALOG", "http://127.0.0.1:" + port,
            "PATH", real.environment().getOrDefault("PATH", "")),
        folder);
  }

  private void runQuick() throws IOException {
    Path store = Files.createDirectories(shell.path("home/store"));
    Files.writeString(store.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(store.resolve("index.json"), INDEX);
    QUICK.forEach(this::must);
  }

  private void runFull() throws IOException {
    must(List.of("search", "hpc"));
    must(List.of("kernel", "new", "rehearsal"));
    Path image = shell.path("rehearsal/build/kernel.elf");
    Files.createDirectories(shell.path("rehearsal/build"));
    Files.writeString(image, "not a kernel");
    must(List.of("kernel", "package", "rehearsal"));
    Main.run(FAILING_DIVE, shell);
  }

  private void must(List<String> command) {
    List<String> typed = Arrays.asList(command.toArray(String[]::new)); // as main gets it
    if (Main.run(typed, shell) != 0 || Main.isEnding()) {
      throw new IllegalStateException("the rehearsal of " + command + " failed");
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
