package dev.diver.cli.start;

import dev.diver.cli.Main;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs the common commands once, so that the JDK can record their classes in the start-up cache.
 * What is not rehearsed still works, only slower. Fails where a rehearsed command does, since the
 * cache would then lack what it is for.
 */
public final class Rehearsal {

  /** A store of one kernel, as far as listing looks. */
  private static final String INDEX =
      """
      {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
      "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":1,
      "artifactType":"application/vnd.diver.kernel.v1",
      "annotations":{"org.opencontainers.image.ref.name":"rehearsal:0.1.0",
      "dev.diver.kernel.name":"rehearsal","dev.diver.kernel.version":"0.1.0",
      "dev.diver.kernel.summary":"A kernel to rehearse with","dev.diver.kernel.size":"123456",
      "dev.diver.kernel.pulled":"2026-01-01T00:00:00Z"}}]}
      """;

  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("images"),
          List.of("images", "--json"),
          List.of("ps"),
          List.of("--help"),
          List.of("--version"),
          List.of("images", "--help"),
          List.of("completion", "--words", "--", "im"));

  private Rehearsal() {}

  public static void main(String[] none) throws IOException {
    Path home = Files.createTempDirectory("diver-rehearsal");
    try {
      Path store = Files.createDirectories(home.resolve("store"));
      Files.writeString(store.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
      Files.writeString(store.resolve("index.json"), INDEX);
      Shell real = Shell.ofProcess(); // what it loads is rehearsed, too
      Shell shell =
          new Shell(
              InputStream.nullInputStream(),
              new ByteArrayOutputStream(),
              new ByteArrayOutputStream(),
              Terminals.NONE,
              Map.of("DIVER_HOME", home.toString()),
              real.path("."));
      for (List<String> command : COMMANDS) {
        if (Main.run(command, shell) != 0) {
          throw new IllegalStateException("the rehearsal of " + command + " failed");
        }
      }
    } finally {
      delete(home);
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
