package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.kernels.pack.KernelCheck;
import dev.diver.kernels.pack.KernelCheck.Point;
import dev.diver.kernels.pack.KernelCheck.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code diver kernel check}. */
final class KernelChecked implements Verb {

  private static final int STATUS_LACKS = 1;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Compares a kernel's folder with the contract for publishers, point by point: what \
            kernel.toml names is there, the image boots by the protocol that it says, scripts can be \
            run. Runs none of them. "could" is what its users would be glad of.

            Ends with status 1 if something is lacking that has to be there.\
            """)
        .optionalArgument("FOLDER", "the folder with kernel.toml, or that file (default: here)")
        .json()
        .example("See whether a kernel is ready to be published", "kernel check minnow")
        .example(
            "Only what is lacking",
            "kernel check --json | jq '.points[] | select(.verdict == \"lacks\")'");
  }

  @Override
  public int run(Given given, Shell shell) {
    List<Point> points = KernelCheck.of(KernelScript.kernelToml(given, shell));
    long lacking = count(points, Verdict.LACKS);
    if (given.wantsJson()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("complete", lacking == 0);
      tree.put("points", points.stream().map(KernelChecked::tree).toList());
      shell.printJson(tree);
    } else {
      points.forEach(point -> print(point, shell));
      shell.say(
          lacking == 0
              ? "It has all that it has to have."
              : "It lacks " + lacking + " of " + points.size() + " points.");
    }
    return lacking == 0 ? 0 : STATUS_LACKS;
  }

  private static void print(Point point, Shell shell) {
    boolean color = shell.colorOut();
    String verdict = "%-6s".formatted(point.verdict());
    String shown =
        switch (point.verdict()) {
          case HAS -> Style.GREEN.of(verdict, color);
          case LACKS -> Style.RED.of(verdict, color);
          case COULD -> Style.YELLOW.of(verdict, color);
        };
    shell.println(shown + "%-17s ".formatted(point.name()) + Plain.line(point.what()));
    if (!point.remedy().isEmpty()) {
      shell.println("      " + Style.CYAN.of("help:", color) + " " + Plain.line(point.remedy()));
    }
  }

  private static long count(List<Point> points, Verdict verdict) {
    return points.stream().filter(point -> point.verdict() == verdict).count();
  }

  private static Map<String, Object> tree(Point point) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("point", point.name());
    tree.put("verdict", point.verdict());
    tree.put("what", point.what());
    tree.put("help", point.remedy());
    return tree;
  }
}
