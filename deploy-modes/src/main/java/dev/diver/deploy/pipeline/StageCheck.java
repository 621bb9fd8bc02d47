package dev.diver.deploy.pipeline;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.speedup.Split;
import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.ModeName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Whether a stage by itself is right; what it has to do with others is checked elsewhere. */
final class StageCheck {

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final int MOST_RETRIES = 100;

  /** Thirty days, so that a sum of many is a number that can be reckoned with. */
  private static final long MOST_MILLIS = 30L * 24 * 3_600_000;

  private final Pipeline pipeline;
  private final String name;
  private final Stage stage;
  private final Host host;
  private final StageModes modes;
  private final List<FieldProblem> problems;

  /** Adds what is wrong to {@code problems}. */
  StageCheck(
      Pipeline pipeline, String name, Host host, StageModes modes, List<FieldProblem> problems) {
    this.pipeline = pipeline;
    this.name = name;
    this.stage = pipeline.stage(name);
    this.host = host;
    this.modes = modes;
    this.problems = problems;
  }

  void check() {
    if (!NAME.matcher(name).matches()) {
      problem(
          "",
          "is not a name.",
          "Use a letter, then at most 63 letters, digits, dashes and underscores.");
    }
    program();
    stage.trace().ifPresent(this::trace);
    numbers();
    variables();
    ports();
    scatter();
    expressions();
  }

  private void problem(String field, String what, String remedy) {
    String place = "stages." + name + (field.isEmpty() ? "" : "." + field);
    problems.add(new FieldProblem(place, what, remedy));
  }

  private void program() {
    long said =
        Stream.of(stage.net(), stage.executable(), stage.command())
            .filter(one -> one.isPresent())
            .count();
    if (said != 1) {
      problem(
          "",
          said == 0 ? "does not say what it runs." : "says more than once what it runs.",
          "Write one of net, executable and command.");
      return;
    }
    stage.net().ifPresent(this::net);
    stage.executable().ifPresent(this::executable);
    stage.command().ifPresent(this::command);
    if (stage.isDive()) {
      mode();
    }
  }

  private void net(String typed) {
    Path folder = pipeline.folder().resolve(typed);
    if (!Files.exists(folder.resolve(Net.FILE))) {
      problem(
          "net",
          "is \"" + typed + "\", and there is no " + folder.normalize().resolve(Net.FILE) + ".",
          "Write the folder of a net, relative to the pipeline's; diver new makes one.");
      return;
    }
    if (stage.kernel().isPresent()) {
      problem("kernel", "is the net's already.", "Remove it; net.toml has the kernel.");
    }
    try {
      NetToml.read(folder);
    } catch (DiverException e) {
      problem("net", "cannot be read: " + e.failure().what(), e.failure().remedy());
    }
  }

  private void executable(String typed) {
    Path file = pipeline.folder().resolve(typed);
    if (!Files.isRegularFile(file)) {
      problem(
          "executable",
          "is \"" + typed + "\", and there is no file " + file.normalize() + ".",
          "Write the path of an executable, relative to the pipeline's folder.");
    }
    if (stage.kernel().isEmpty() && stage.mode().filter(ModeName.EMULATED::equals).isEmpty()) {
      problem("kernel", "is missing.", "Add the kernel that the executable runs on.");
    }
    stage.kernel().ifPresent(this::kernel);
  }

  private void kernel(String typed) {
    try {
      KernelReference.parse(typed);
    } catch (DiverException e) {
      problem("kernel", "cannot be read: " + e.failure().what(), e.failure().remedy());
    }
  }

  private void command(List<String> words) {
    if (words.isEmpty() || words.getFirst().isBlank()) {
      problem(
          "command", "is empty.", "Write a program and its arguments, as in [\"sort\", \"-n\"].");
      return;
    }
    String program = words.getFirst();
    boolean found =
        !Expressions.in(program).isEmpty()
            || (program.contains("/")
                ? isProgram(pipeline.folder().resolve(program))
                : host.program(program).isPresent());
    if (!found) {
      problem(
          "command",
          "begins with \"" + program + "\", and there is no such program.",
          "Install it, or write its path from the pipeline's folder, as in ./" + program + ".");
    }
    Map<String, Boolean> ofDives =
        Map.of(
            "kernel", stage.kernel().isPresent(),
            "mode", stage.mode().isPresent(),
            "args", !stage.args().isEmpty(),
            "volumes", !stage.volumes().isEmpty(),
            "delegate", stage.delegate());
    ofDives.forEach(
        (field, said) -> {
          if (said) {
            problem(
                field,
                "is for nets and executables.",
                field.equals("args") ? "Add the arguments to command." : "Remove it.");
          }
        });
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  private void trace(String typed) {
    try {
      Split.of(modes.trace(pipeline, stage), Set.of());
    } catch (DiverException e) {
      problem(
          "trace",
          "is \"" + typed + "\", which is none: " + e.failure().what(),
          e.failure().remedy());
    }
  }

  private void mode() {
    List<String> modes =
        Stream.concat(DeployMode.all().stream().map(DeployMode::name), Stream.of(StageModes.AUTO))
            .toList();
    stage
        .mode()
        .filter(mode -> !modes.contains(mode))
        .ifPresent(
            mode ->
                problem(
                    "mode",
                    "is \"" + mode + "\", which is no mode.",
                    RecordBinder.suggestion(mode, modes)));
  }

  private void numbers() {
    if (stage.retries() < 0 || stage.retries() > MOST_RETRIES) {
      problem("retries", "is " + stage.retries() + ".", "Write 0 to " + MOST_RETRIES + ".");
    }
    stage
        .estimate()
        .filter(time -> time.millis() > MOST_MILLIS)
        .ifPresent(time -> problem("estimate", "is " + time + ".", "Write 720h at most."));
    stage
        .timeout()
        .filter(time -> time.millis() == 0)
        .ifPresent(_ -> problem("timeout", "is 0.", "Write more, or remove it."));
    if (stage.isDive() && stage.cpus().filter(cores -> cores.count() == 0).isPresent()) {
      problem("cpus", "is 0, and a dive has a core of its own.", "Write 1 or more.");
    }
  }

  private void variables() {
    Stream.concat(stage.env().keySet().stream(), stage.secrets().stream())
        .filter(variable -> !VARIABLE.matcher(variable).matches())
        .forEach(
            variable ->
                problem(
                    stage.env().containsKey(variable) ? "env" : "secrets",
                    "has \"" + variable + "\", which is not the name of a variable.",
                    "Use letters, digits and underscores."));
    for (String secret : stage.secrets()) {
      if (stage.env().containsKey(secret)) {
        problem("secrets", "has " + secret + ", which is in env, too.", "Remove one of them.");
      }
      if (!host.environment().containsKey(secret)) {
        problem(
            "secrets",
            "has " + secret + ", which your environment does not have.",
            "Set it: export " + secret + "=…");
      }
    }
  }

  private void ports() {
    names("inputs", stage.inputs().keySet());
    names("outputs", stage.outputs().keySet());
    names("streams", stage.streams());
    for (String stream : stage.streams()) {
      if (stage.outputs().containsKey(stream)) {
        problem(
            "streams",
            "has " + stream + ", which is in outputs, too.",
            "Remove it from streams for a file that is read when it is whole, else from outputs.");
      }
    }
    stage.stdout().ifPresent(file -> written("stdout", file));
    stage.outputs().forEach((port, file) -> written("outputs." + port, file));
  }

  private void names(String field, Collection<String> ports) {
    for (String port : ports) {
      if (!NAME.matcher(port).matches() || port.equals(Stage.STDIN) || port.equals(Stage.STDOUT)) {
        problem(
            field,
            "has \"" + port + "\", which cannot be the name of one.",
            "Use a letter, then letters, digits, dashes and underscores; stdin and stdout are"
                + " taken.");
      }
    }
    if (ports.stream().distinct().count() < ports.size()) {
      problem(field, "has a name twice.", "Remove one of them.");
    }
  }

  private void written(String field, String file) {
    if (file.isBlank()) {
      problem(field, "is empty.", "Write the path of a file.");
    }
  }

  private void scatter() {
    stage
        .scatter()
        .filter(scatter -> scatter.like().isEmpty())
        .filter(
            scatter -> scatter.items().isEmpty() || scatter.items().size() > Pipeline.MOST_TASKS)
        .ifPresent(
            scatter ->
                problem(
                    "scatter",
                    scatter.items().isEmpty() ? "has no item." : "has too many items.",
                    "Write a list, a number from 1 to %d, or the name of a scattered stage."
                        .formatted(Pipeline.MOST_TASKS)));
  }

  private void expressions() {
    stage.command().ifPresent(words -> words.forEach(word -> expressions("command", word)));
    stage.args().forEach(word -> expressions("args", word));
    stage.env().values().forEach(value -> expressions("env", value));
    stage.stdout().ifPresent(file -> expressions("stdout", file));
    stage.outputs().forEach((port, file) -> expressions("outputs." + port, file));
    for (Stage.Input input : stage.allInputs()) {
      input.feed().from().forEach(from -> expressions(input.field(), from));
    }
  }

  private void expressions(String field, String text) {
    List<String> known = new ArrayList<>(Expressions.known(stage));
    if (!field.equals("command") && !field.equals("args") && !field.equals("env")) {
      known.removeIf(one -> one.contains("."));
    }
    if (!Expressions.areClosed(text)) {
      problem(
          field,
          "is \"" + text + "\", with a ${{ that is not closed.",
          "Close it, as in ${{ item }}.");
    }
    for (String asked : Expressions.in(text)) {
      if (known.contains(asked)) {
        continue;
      }
      boolean input = asked.startsWith(Expressions.INPUT);
      problem(
          field,
          input
              ? "asks for ${{ " + asked + " }}, an input that nobody feeds."
              : "asks for ${{ " + asked + " }}, which is not known here.",
          known.isEmpty()
              ? input ? "Add it to inputs." : "Declare it first, in inputs, outputs or scatter."
              : RecordBinder.suggestion(asked, known));
    }
  }
}
