package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code --help} and {@code --version} print. */
public final class Help {
  private static final int LEAST_WIDTH = 60;
  private static final int MOST_WIDTH = 100;

  private Help() {}

  /** The line that the build wrote; the launcher prints the same file. */
  static String version() {
    try (InputStream line = Help.class.getResourceAsStream("/dev/diver/cli/version")) {
      if (line == null) {
        throw new IllegalStateException("the build wrote no version");
      }
      return new String(line.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** All verbs by group. */
  static String overview(boolean color) {
    StringBuilder text = new StringBuilder();
    text.append("Diver: search, pull, build and dive specialized kernels.\n\n");
    text.append("Usage: diver COMMAND [OPTIONS] [ARGUMENTS]\n");
    for (Verbs.Group group : Verbs.Group.values()) {
      text.append('\n').append(Style.BOLD.of(group.title() + ":", color)).append('\n');
      Verbs.ALL.stream()
          .filter(entry -> entry.group() == group)
          .forEach(entry -> text.append(line(entry.name(), entry.summary(), 18)));
    }
    text.append(
        """

        Options:
          -v, --verbose     on failure, show where in Diver it happened
          -V, --version     print the version
          -h, --help        show this help; "diver help COMMAND" shows a command's

        Examples:
          Find a kernel for high-performance computing, and fetch it:
            $ diver search hpc
            $ diver pull remora
          Make a net for it, build it, and dive it with the argument 512:
            $ diver new stencil --kernel remora --template stencil
            $ diver dive stencil -- 512

        Exit status: that of the app for "diver dive"; else
        """);
    for (ExitCode code : ExitCode.values()) {
      text.append(line(String.valueOf(code.status()), code.meaning(), 4));
    }
    return text.toString();
  }

  /** The verbs that share their first word. */
  static String family(String first, List<Verbs.Entry> family) {
    StringBuilder text = new StringBuilder("Usage: diver " + first + " COMMAND [OPTIONS]\n\n");
    family.forEach(entry -> text.append(line(entry.name(), entry.summary(), 18)));
    return text + "\nSee diver " + family.getFirst().name() + " --help for one of them.\n";
  }

  /** The page of one verb. */
  static String page(Page page, CommandSpec spec, Shell shell) {
    int columns = shell.terminals().columns().orElse(80);
    spec.usageMessage()
        .abbreviateSynopsis(true)
        .width(Math.clamp(columns, LEAST_WIDTH, MOST_WIDTH));
    CommandLine.Help.Ansi ansi =
        shell.colorOut() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF;
    String usage = new CommandLine(spec).getUsageMessage(ansi);
    return (page.takesAppArguments()
            ? usage.replaceFirst("(?m)^(Usage: .*)$", "$1 [-- ARGS...]")
            : usage)
        + page.examplesText();
  }

  private static String line(String name, String meaning, int width) {
    return "  " + name + " ".repeat(Math.max(1, width - name.length())) + "  " + meaning + "\n";
  }
}
