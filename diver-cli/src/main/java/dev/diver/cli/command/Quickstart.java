package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpecToml;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code diver quickstart}: runs the commands of a first day, as if they were typed. */
final class Quickstart implements Verb {

  private static final String KERNELS = "kernel-specs/kernels";
  private static final String PUBLISHED = "Catalog at ";

  @Override
  public void describe(Page page) {
    page.description(
            """
            Shows what Diver does, on this machine, in less than a minute: starts a catalog, \
            publishes the kernels of this repository to it, searches it, pulls remora, makes a net \
            from a template, builds it and dives it in a full VM. Each step is shown as the command \
            that you would type. What is missing on this machine is installed first.

            All of it is in a temporary folder, which is removed at the end.\
            """)
        .flag("--no-install", "do not install what is missing, only say so")
        .option("--keep", "FOLDER", "do all of it in this new folder, and keep it")
        .example("See Diver at work", "quickstart")
        .example("Keep what it makes, to go on with", "quickstart --keep ~/diver-demo");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    Path repository = Launcher.home().orElseThrow(Quickstart::noRepository);
    Path folder =
        given.value("--keep").isPresent()
            ? Files.createDirectories(shell.path(given.value("--keep").orElseThrow()))
            : Files.createTempDirectory("diver-quickstart");
    boolean kept = given.value("--keep").isPresent();
    Thread onExit = new Thread(() -> delete(folder), "quickstart-cleanup");
    if (!kept) {
      Runtime.getRuntime().addShutdownHook(onExit);
    }
    try {
      int status = new Demonstration(repository, folder, shell).run();
      shell.println(
          kept
              ? "\nAll of this is in " + folder + "; the catalog has ended."
              : "\nThat was all, and nothing of it is left. Go on with: diver --help");
      return status;
    } finally {
      if (!kept) {
        delete(folder);
      }
    }
  }

  /**
   * The steps.
   *
   * @param repository whose kernels are published
   * @param folder where everything goes
   * @param shell to show it on
   */
  private record Demonstration(Path repository, Path folder, Shell shell) {

    int run() throws IOException, InterruptedException {
      PipedOutputStream serverOutput = new PipedOutputStream();
      Thread server = Thread.ofPlatform().daemon().name("catalog").start(() -> serve(serverOutput));
      try {
        note("a catalog of our own, on this machine only");
        prompt("catalog serve --port 0 --data catalog &");
        String url = address(serverOutput);
        shell.println(PUBLISHED + url);
        publish(url);
        return use(url);
      } finally {
        server.interrupt();
        server.join(5_000);
      }
    }

    /** Ends when its thread is interrupted; what fails before it serves is said by its absence. */
    private void serve(PipedOutputStream output) {
      String data = folder.resolve("catalog").toString();
      try (output) {
        CommandLineReader.run(
            List.of("catalog", "serve", "--port", "0", "--data", data), shell.to(output));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (IOException | DiverException e) {
        shell.say(e);
      }
    }

    private void publish(String url) throws IOException, InterruptedException {
      note("a publisher's work");
      Shell publisher = at(repository, "publisher", url);
      for (Path kernel : kernels()) {
        String name = repository.relativize(kernel).toString();
        try {
          step(publisher, "kernel", "build", "--quiet", name);
          step(publisher, "publish", name);
        } catch (DiverException e) {
          shell.say(e.failure());
          shell.say("note: " + name + " is left out.");
        }
      }
    }

    private int use(String url) throws IOException, InterruptedException {
      note("a user's work");
      Shell user = at(folder, "user", url);
      List<List<String>> steps =
          List.of(
              List.of("search", "hpc"),
              List.of("pull", "remora"),
              List.of("new", "heat", "--kernel", "remora", "--template", "stencil"),
              List.of("build", "heat"),
              List.of("dive", "heat", "--report", "--", "128"));
      for (List<String> command : steps) {
        int status = step(user, command.toArray(String[]::new));
        if (status != 0) {
          return status;
        }
      }
      shell.println("\n" + Style.BOLD.of("$ echo $?", shell.colorOut()) + "\n0");
      return ExitCode.OK.status();
    }

    /** Runs one command as if it had been typed. */
    private int step(Shell typist, String... words) throws IOException, InterruptedException {
      prompt(String.join(" ", words));
      return CommandLineReader.run(List.of(words), typist);
    }

    private void note(String text) {
      shell.println("\n" + Style.DIM.of("# " + text, shell.colorOut()));
    }

    private void prompt(String command) {
      shell.println("\n" + Style.BOLD.of("$ diver " + command, shell.colorOut()));
    }

    private Shell at(Path directory, String who, String url) {
      Map<String, String> variables = new HashMap<>(shell.environment());
      variables.put("DIVER_HOME", folder.resolve(who).toString());
      variables.put("DIVER_CATALOG", url);
      return shell.in(directory, variables);
    }

    /** Those that can be built; of the others there is a spec only. */
    private List<Path> kernels() throws IOException {
      try (Stream<Path> all = Files.list(repository.resolve(KERNELS))) {
        return all.filter(path -> Files.exists(path.resolve("kernel.toml")))
            .filter(path -> isBuilt(path.resolve("kernel.toml")))
            .sorted()
            .toList();
      }
    }

    private static boolean isBuilt(Path kernelToml) {
      return KernelSpecToml.read(kernelToml).scripts().build().isPresent();
    }

    private static String address(PipedOutputStream serverOutput) throws IOException {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(new PipedInputStream(serverOutput), StandardCharsets.UTF_8));
      String line = lines.readLine();
      if (line == null || !line.startsWith(PUBLISHED)) {
        throw new Failure(
                Failure.Kind.FAILED,
                "The catalog did not start.",
                "See the message above; try: diver catalog serve --port 0")
            .exception();
      }
      return line.substring(PUBLISHED.length());
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException _) {
      return; // removed already
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static RuntimeException noRepository() {
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            "There are no kernels to show.",
            "Run the file \"diver\" in the root of the repository.")
        .exception();
  }
}
