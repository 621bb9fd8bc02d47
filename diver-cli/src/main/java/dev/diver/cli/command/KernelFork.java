package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.pack.Fork;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code diver kernel fork}. */
final class KernelFork implements Verb {

  /**
   * What the second argument names.
   *
   * @param folder as typed, without the version
   */
  private record Target(String folder, String name, Optional<String> version) {

    static Target of(String typed) {
      String last = typed.substring(typed.lastIndexOf('/') + 1);
      int colon = last.indexOf(':');
      String name = colon < 0 ? last : last.substring(0, colon);
      Optional<String> version =
          colon < 0 ? Optional.empty() : Optional.of(last.substring(colon + 1));
      if (!KernelReference.isName(name) || version.filter(v -> !isVersion(v)).isPresent()) {
        throw new UsageException(
            "\"" + last + "\" is not a name for a kernel.",
            "Use lower-case letters and digits, with single dots, dashes or underscores between"
                + " them, and after a colon a version, as in mine:0.1.0.");
      }
      String folder = typed.substring(0, typed.length() - last.length()) + name;
      return new Target(folder, name, version);
    }

    private static boolean isVersion(String text) {
      return KernelReference.isTag(text);
    }
  }

  @Override
  public void describe(Page page) {
    page.description(
            """
            Makes the folder of a new kernel from the package of another one, to be changed, built, \
            tested and published under a name of its own. It starts from the other's source where \
            the package has it, else from the image, scripts and headers that it has.

            kernel.toml names the package that it came from, and so does every package made of it: \
            diver info shows it. A kernel that is not here is pulled.\
            """)
        .argument("REF", "the kernel to start from, as in remora or remora:0.1.0")
        .argument("NAME[:VERSION]", "the new kernel's name, or the path of the folder to make")
        .catalog()
        .json()
        .example("Change how a kernel works", "kernel fork remora mine")
        .example("Give it a version of its own", "kernel fork remora:0.1.0 mine:1.0");
  }

  @Override
  public int run(Given given, Shell shell) {
    KernelReference reference = given.reference(0);
    Target target = Target.of(given.required(1));
    Kernels kernels = Kernels.of(given, shell);
    StoredKernel kernel = kernels.here(reference);
    Path folder = shell.path(target.folder());
    Fork fork = Fork.of(kernel, kernels.store(), folder, target.name(), target.version());
    if (given.wantsJson()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("folder", folder.toString());
      tree.put("base", fork.base());
      tree.put("source", fork.fromSource());
      shell.printJson(tree);
      return 0;
    }
    shell.println(
        "Forked "
            + fork.base()
            + (fork.fromSource() ? ", with its source, in " : ", whose source is not in it, in ")
            + folder);
    String next = target.folder();
    shell.say(
        fork.fromSource()
            ? "Change it, then: diver kernel build " + next + " && diver kernel test " + next
            : "Change its kernel.toml, then: diver kernel package " + next);
    return 0;
  }
}
