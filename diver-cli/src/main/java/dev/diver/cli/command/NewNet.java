package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Shell;
import dev.diver.kernels.store.StoredKernel;
import dev.diver.templates.OwnTemplate;
import dev.diver.templates.Scaffold;
import dev.diver.templates.Template;
import dev.diver.templates.Templates;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code diver new} and {@code diver init}.
 *
 * @param inPlace whether the folder is there already
 */
record NewNet(boolean inPlace) implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
        """
        %s: app source, net.toml, Makefile, README and .gitignore, \
        with headers, libraries and boot configuration of exactly that kernel in place. It builds \
        at once. A kernel that is not here is pulled. No file is ever overwritten.

        A kernel's package may bring templates of its own; --list shows those for a kernel. \
        Diver's own, for kernels that run C programs:
        %s\
        """
            .formatted(
                inPlace
                    ? "Makes the project of a net in a folder that exists"
                    : "Makes the project of a net in a new folder",
                ownTemplates()));
    if (inPlace) {
      page.optionalArgument("FOLDER", "the folder (default: here); its name becomes the net's")
          .option("--name", "NAME", "another name for the net");
    } else {
      page.optionalArgument("NAME", "the net's name, or the path of the folder to make");
    }
    page.option("--kernel", "REF", "the kernel that the net is for (required)")
        .option("-t, --template", "NAME", "what to start from (default hello, else the first)")
        .flag("-l, --list", "list the templates for the kernel, and make nothing")
        .flag("--json", "with --list: as JSON")
        .catalog();
    if (inPlace) {
      page.example("Make a net of the code in this folder", "init --kernel remora")
          .example("Start from another template", "init --kernel remora -t component");
    } else {
      page.example("Make a net that greets", "new greeter --kernel remora")
          .example("Start from an HPC code", "new heat --kernel remora:0.1.0 --template stencil")
          .example("See what there is to start from", "new --list --kernel remora");
    }
  }

  @Override
  public int run(Given given, Shell shell) {
    String reference =
        given
            .value("--kernel")
            .orElseThrow(
                () ->
                    new UsageException(
                        "A net is made for a kernel, and none is given.",
                        "Name one, as in --kernel remora; diver search finds some."));
    Path folder = shell.path(given.has("--list") ? "." : folder(given));
    Kernels kernels = Kernels.of(given, shell);
    StoredKernel kernel = kernels.here(Given.reference(reference));
    List<Template> templates =
        Templates.of(kernel, kernels.store(), kernels.home().cache().resolve("templates"));
    if (given.has("--list")) {
      list(templates, given.has("--json"), shell);
      return 0;
    }
    Template template = Templates.choose(templates, given.value("--template"), kernel);
    String name =
        given
            .value("--name")
            .orElseGet(
                () -> Optional.ofNullable(folder.getFileName()).map(Path::toString).orElse("net"));
    if (inPlace) {
      Scaffold.init(folder, name, template, kernel, kernels.store());
    } else {
      Scaffold.create(folder, name, template, kernel, kernels.store());
    }
    shell.println(
        "Made " + name + " for " + kernel.reference() + " from the template " + template.word());
    shell.say("Build and dive it with: diver dive " + given.argument(0).orElse(""));
    return 0;
  }

  private String folder(Given given) {
    return given
        .argument(0)
        .or(() -> inPlace ? Optional.of(".") : Optional.empty())
        .orElseThrow(
            () ->
                new UsageException(
                    "A net has a name, and none is given.",
                    "Give one, as in: diver new greeter --kernel remora."));
  }

  private static void list(List<Template> templates, boolean json, Shell shell) {
    if (json) {
      shell.printJson(templates.stream().map(NewNet::tree).toList());
      return;
    }
    templates.forEach(t -> shell.println(Plain.line(line(t.word(), t.summary()))));
  }

  private static Map<String, Object> tree(Template template) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", template.word());
    tree.put("summary", template.summary());
    return tree;
  }

  private static String ownTemplates() {
    return OwnTemplate.all().stream()
        .map(template -> line(template.word(), template.summary()))
        .collect(Collectors.joining("\n"));
  }

  private static String line(String word, String summary) {
    return (word + " ".repeat(Math.max(1, 11 - word.length())) + summary).strip();
  }
}
