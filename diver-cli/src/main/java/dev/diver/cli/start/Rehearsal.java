package dev.diver.cli.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.diver.cli.Main;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs the common commands once, of one kind (quick ones, pipelines, or the others), so that the
 * JDK can record their classes in the start-up cache of that kind. What is not rehearsed still
 * works, only slower. Fails where a rehearsed command does, since the cache would then lack what it
 * is for.
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

  /** Its kernel resets, and there may be no QEMU; yet all but the app's own run is rehearsed. */
  private static final List<String> FAILING_DIVE = List.of("dive", "--report", "net");

  /** What is said where that dive has run to its end, or QEMU is not here. */
  private static final List<String> DIVE_ENDS = List.of("outcome    ", "qemu-system");

  /** Where the rehearsed kernel is loaded. */
  private static final int ADDRESS = 0x100000;

  private static final KernelReference KERNEL = KernelReference.parse("rehearsal:0.1.0");

  private static final String NET =
      """
      name = "net"
      kernel = "rehearsal:0.1.0"
      kernel-digest = "DIGEST"
      app = "app"

      [build]
      command = ["true"]

      [dive]
      memory = "64M"
      timeout = "5s"
      """;

  /** A stage that takes no core, which another pipeline might have. */
  private static final String PIPELINE =
      """
      [stages.first]
      command = ["true"]
      stdout = "first"
      cpus = 0
      [stages.second]
      command = ["cat"]
      stdin = "first"
      stdout = "second"
      needs = ["first"]
      cpus = 0
      [stages.third]
      command = ["true"]
      needs = ["second"]
      cpus = 0
      """;

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

  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final Shell shell;

  private Rehearsal(Shell real, Path folder, int port) {
    this.shell = shell(real, folder, port, errors);
  }

  public static void main(String[] kind) throws IOException {
    Shell real = Shell.ofProcess(); // what it loads is rehearsed, too
    Path folder = Files.createTempDirectory("diver-rehearsal");
    try {
      switch (kind[0]) {
        case "quick" -> new Rehearsal(real, folder, 0).runQuick();
        case "compose" -> new Rehearsal(real, folder, 0).runPipelines();
        default -> runFull(real, folder);
      }
    } finally {
      delete(folder);
    }
  }

  private static void runFull(Shell real, Path folder) throws IOException {
    HttpServer catalog =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Rehearsal rehearsal = new Rehearsal(real, folder, catalog.getAddress().getPort());
    catalog.createContext("/api/", exchange -> answer(exchange, FOUND.getBytes(UTF_8)));
    catalog.createContext("/v2/", rehearsal::answerAsRegistry);
    catalog.start();
    try {
      rehearsal.runFull();
    } finally {
      catalog.stop(0);
    }
  }

  private static void answer(HttpExchange exchange, byte[] content) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    }
  }

  /** Has every manifest and blob of the rehearsed store, kept aside while it is pulled. */
  private void answerAsRegistry(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    boolean manifest = path.contains("/manifests/");
    KernelStore store = KernelStore.open(shell.path("published/store"));
    Digest digest = manifest ? store.resolve(KERNEL).digest() : Digest.parse(last);
    exchange.getResponseHeaders().set("Content-Type", manifest ? MediaTypes.MANIFEST : "");
    answer(exchange, Files.readAllBytes(store.blob(digest)));
  }

  private static Shell shell(Shell real, Path folder, int port, OutputStream errors) {
    return new Shell(
        InputStream.nullInputStream(),
        new ByteArrayOutputStream(),
        errors,
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

  private void runPipelines() throws IOException {
    Files.writeString(shell.path("pipeline.toml"), PIPELINE);
    must(List.of("compose", "run"));
    must(List.of("compose", "run")); // which knows what the stages took
    must(List.of("compose", "plan"));
  }

  private void runFull() throws IOException {
    must(List.of("search", "hpc"));
    must(List.of("kernel", "new", "rehearsal"));
    Path image = shell.path("rehearsal/build/kernel.elf");
    Files.createDirectories(shell.path("rehearsal/build"));
    Files.write(image, executable());
    Path toml = shell.path("rehearsal/kernel.toml");
    Files.writeString(
        toml,
        Files.readString(toml)
            .replace("app = \"none\"", "app = \"initrd\"")
            .replace("abi = \"none\"", "abi = \"linux\""));
    must(List.of("kernel", "inspect", image.toString())); // asks every recognizer
    must(List.of("kernel", "package", "rehearsal"));
    Files.move(shell.path("home"), shell.path("published"));
    must(List.of("pull", KERNEL.toString()));
    Digest digest = KernelStore.open(shell.path("home/store")).resolve(KERNEL).digest();
    Files.createDirectories(shell.path("net"));
    Files.writeString(shell.path("net/net.toml"), NET.replace("DIGEST", digest.toString()));
    Files.write(shell.path("net/app"), executable());
    Main.run(FAILING_DIVE, shell);
    String said = said();
    if (DIVE_ENDS.stream().noneMatch(said::contains)) {
      throw failed(FAILING_DIVE, said);
    }
  }

  /**
   * A kernel, and as well an app: an executable (System V ABI, chapter 4) with a PVH entry, whose
   * first instruction resets the machine, since there is nobody to handle it.
   */
  private static byte[] executable() {
    return ByteBuffer.allocate(204)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1})
        .putShort(16, (short) 2) // ET_EXEC
        .putShort(18, (short) ElfFile.X86_64)
        .putInt(20, 1)
        .putLong(24, ADDRESS + 200)
        .putLong(32, 64)
        .putShort(52, (short) 64)
        .putShort(54, (short) 56)
        .putShort(56, (short) 2)
        .putInt(64, 1) // PT_LOAD: all of it
        .putInt(68, 5)
        .putLong(80, ADDRESS)
        .putLong(88, ADDRESS)
        .putLong(96, 204)
        .putLong(104, 204)
        .putLong(112, 4096)
        .putInt(120, 4) // PT_NOTE
        .putLong(128, 176)
        .putLong(136, ADDRESS + 176)
        .putLong(144, ADDRESS + 176)
        .putLong(152, 20)
        .putLong(160, 20)
        .putLong(168, 4)
        .putInt(176, 4)
        .putInt(180, 4)
        .putInt(184, 18) // XEN_ELFNOTE_PHYS32_ENTRY
        .put(188, new byte[] {'X', 'e', 'n', 0})
        .putInt(192, ADDRESS + 200)
        .put(200, new byte[] {0x0f, 0x0b}) // ud2
        .array();
  }

  private void must(List<String> command) {
    List<String> typed = Arrays.asList(command.toArray(String[]::new)); // as main gets it
    if (Main.run(typed, shell) != 0 || Main.isEnding()) {
      throw failed(command, said());
    }
  }

  private static IllegalStateException failed(List<String> command, String said) {
    return new IllegalStateException("the rehearsal of " + command + " failed:\n" + said);
  }

  /** What was written to standard error so far. */
  private String said() {
    return errors.toString(UTF_8);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
