package dev.diver.deploy.hardware;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.node.Answer;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.node.ThisMachine;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.vm.OutputRelay;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The enclaves of a node, as its agent knows them. What was lost there is given back first. */
public final class Enclaves {

  private static final Path FOLDERS = Path.of("/run/diver/enclaves");
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Linux clears memory before it gives it; a kernel has half a minute for each of its answers. */
  private static final Duration RESIZED = Duration.ofMinutes(10);

  /** How the agent says a failure: what, and in the last sentence the remedy. */
  private static final Pattern FAILURE = Pattern.compile("(.*[.!?]) ([^.]+\\.)");

  private static final String UPTIME = "read up rest </proc/uptime && echo \"${up%%.*}\"";

  /** Of a folder; a stream that nobody has written to may have no file. */
  private static final String PRINT =
      """
      cat "$1/stdout" 2>/dev/null
      cat "$1/stderr" 2>/dev/null >&2
      """;

  /** The same until the agent says that it is over; a second later all was passed on. */
  private static final String FOLLOW =
      """
      tail -c +1 -F "$1/stdout" 2>/dev/null & out=$!
      tail -c +1 -F "$1/stderr" 2>/dev/null >&2 & err=$!
      trap 'kill $out $err' EXIT
      "$2" hardware wait "$3"
      sleep 1.2
      """;

  private final Node node;
  private final Path program;
  private boolean brought;

  private Enclaves(Node node, Path program) {
    this.node = node;
    this.program = program;
  }

  /** Those of this node; asks it nothing yet. */
  public static Enclaves of(Node node, Host host) {
    return new Enclaves(node, CarriedProgram.AGENT.in(host.cache()));
  }

  /** Where they are. */
  public Node node() {
    return node;
  }

  /** The agent's file on this machine. */
  Path program() {
    return program;
  }

  /** A dive's folder on the node. */
  static Path folder(String name) {
    if (!Runs.isName(name)) { // one folder, and no option
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + name + "\" is not a name for a dive.",
              "Give one that diver ps --host lists.")
          .exception();
    }
    return FOLDERS.resolve(name);
  }

  /** What has the agent there do this. */
  List<String> words(List<String> verb) {
    List<String> words = new ArrayList<>();
    words.add(node.place(program).toString());
    words.add("hardware");
    words.addAll(verb);
    return words;
  }

  /** All, those that have ended and are kept included; they are kept for a week. */
  public List<Enclave> list() throws InterruptedException {
    List<Enclave> all =
        ask(List.of("list"), SOON).objects().stream()
            .map(Enclave::parse)
            .flatMap(Optional::stream)
            .toList();
    Instant old = Instant.now().minus(Runs.KEPT);
    List<Enclave> kept = new ArrayList<>();
    for (Enclave enclave : all) {
      if (enclave.isAlive() || enclave.since().isAfter(old)) {
        kept.add(enclave);
      } else {
        forget(enclave.name());
      }
    }
    return kept;
  }

  /** The one of this name; NOT_FOUND where there is none. */
  public Enclave find(String name) throws InterruptedException {
    return list().stream()
        .filter(enclave -> enclave.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "There is no dive \"" + name + "\" on " + node.name() + ".",
                        "See what there is with: diver ps --all" + option())
                    .exception());
  }

  /** {@code --host} with its value as it is to be typed, or nothing. */
  String option() {
    return node.address().map(address -> " --host " + address).orElse("");
  }

  /** Ends it, by force after {@code grace}; returns when all was given back. */
  public void stop(String name, Duration grace) throws InterruptedException {
    List<String> verb = List.of("stop", name(name), "--grace", Long.toString(grace.toMillis()));
    ask(verb, SOON.plus(grace));
  }

  /**
   * Gives it more cores and memory, or takes some.
   *
   * @param cpus as in {@code +1}, {@code -1}, {@code +3,4}
   * @param memory as in {@code +128M}
   */
  public Enclave resize(String name, Optional<String> cpus, Optional<String> memory)
      throws InterruptedException {
    List<String> verb = new ArrayList<>(List.of("resize", name(name)));
    cpus.ifPresent(change -> verb.addAll(List.of("--cpus", change)));
    memory.ifPresent(change -> verb.addAll(List.of("--memory", change)));
    ask(verb, RESIZED);
    return find(name);
  }

  /** What the agent finds of the machine. */
  Map<String, Object> facts() throws InterruptedException {
    return ask(List.of("facts"), SOON).objects().stream().findFirst().orElse(Map.of());
  }

  /** What kernel and agent have told of a dive; empty where the node knows nothing of it. */
  public Optional<String> report(String name) throws InterruptedException {
    return read(name, "report");
  }

  /** What the kernel of a dive has logged; empty likewise. */
  public Optional<String> kernelLog(String name) throws InterruptedException {
    return read(name, "log");
  }

  private Optional<String> read(String name, String file) throws InterruptedException {
    List<String> words = List.of("cat", folder(name).resolve(file).toString());
    Answer answer = node.ask(words, Optional.empty(), SOON);
    return answer.isGood() ? Optional.of(answer.text()) : Optional.empty();
  }

  /** How long the node has been up. */
  Duration uptime() throws InterruptedException {
    Answer answer = node.ask(Node.script(UPTIME, List.of()), Optional.empty(), SOON);
    try {
      return Duration.ofSeconds(Long.parseLong(answer.text().strip()));
    } catch (NumberFormatException e) {
      return Duration.ZERO;
    }
  }

  /** Removes what is kept of one that has ended; CONFLICT where it runs. */
  public void remove(String name) throws InterruptedException {
    if (find(name).isAlive()) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              "The dive \"" + name + "\" is running on " + node.name() + ".",
              "End it first with: diver stop" + option() + " " + name)
          .exception();
    }
    forget(name);
  }

  /** Removes its folder there; false where Linux does not have all back yet: then it stays. */
  boolean forget(String name) throws InterruptedException {
    return node.ask(words(List.of("forget", name(name))), Optional.empty(), SOON).isGood();
  }

  /**
   * Gives this machine's Linux what enclaves had whose processes were all killed. Asks nobody where
   * there have been none since it booted, or where the user may not.
   */
  public static void recoverHere(Host host) throws InterruptedException {
    try (Stream<Path> folders = Files.list(FOLDERS)) {
      if (folders.findAny().isEmpty() || !Files.isWritable(FOLDERS)) {
        return;
      }
    } catch (IOException e) {
      return; // there are none
    }
    of(new ThisMachine(), host).ask(List.of("recover"), SOON);
  }

  /**
   * Copies what its app wrote while nobody was there to read it, each stream to its own.
   *
   * @param follow whether to go on until it ends
   */
  public void logs(String name, OutputStream out, OutputStream err, boolean follow)
      throws IOException, InterruptedException {
    boolean alive = find(name).isAlive();
    List<String> words =
        Node.script(
            follow && alive ? FOLLOW : PRINT,
            List.of(folder(name).toString(), node.place(program).toString(), name));
    Process process =
        new ProcessBuilder(node.command(words).words())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    OutputRelay errors =
        new OutputRelay("stderr", process.getErrorStream(), OutputRelay.Sink.to(err), () -> {});
    try {
      process.getInputStream().transferTo(out);
      out.flush();
      errors.join();
    } finally {
      process.destroy();
    }
  }

  private static String name(String name) {
    return String.valueOf(folder(name).getFileName());
  }

  private Answer ask(List<String> verb, Duration deadline) throws InterruptedException {
    bring();
    Answer answer = node.ask(words(verb), Optional.empty(), deadline);
    if (!answer.isGood()) {
      throw failure(verb.getFirst(), answer);
    }
    return answer;
  }

  private void bring() {
    if (brought) {
      return;
    }
    try {
      for (Step step : node.bring(List.of(program))) {
        step.carryOut();
      }
      brought = true;
    } catch (IOException e) {
      throw new IllegalStateException(e); // what a node's steps meet are failures
    }
  }

  private DiverException failure(String verb, Answer answer) {
    if (answer.status().filter(status -> status == Node.NOT_ROOT).isPresent()) {
      return node.notRoot().exception();
    }
    Matcher said = FAILURE.matcher(answer.complaint());
    if (said.matches()) {
      return new Failure(Failure.Kind.FAILED, said.group(1), said.group(2)).exception();
    }
    return new Failure(
            Failure.Kind.FAILED,
            "The agent on " + node.name() + " did not " + verb + ": " + answer.complaint(),
            "See what is missing there: diver doctor" + option())
        .exception();
  }
}
