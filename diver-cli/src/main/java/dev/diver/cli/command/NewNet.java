package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.store.StoredKernel;
import dev.diver.templates.Scaffold;
import dev.diver.templates.Template;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code diver new} and {@code diver init}.
 *
 * @param inPlace whether the folder is there already
 */
record NewNet(boolean inPlace) implements Verb {

  private static final String DEFAULT_TEMPLATE = "hello";

  @Override
  public void describe(Page page) {
    page.description(
        """
        %s: app source, net.toml, Makefile, README and .gitignore, \
        with headers, libraries and boot configuration of exactly that kernel in place. It builds \
        at once. A kernel that is not here is pulled. No file is ever overwritten.

        Templates:
        %s\
        """
            .formatted(
                inPlace
                    ? "Makes the project of a net in a folder that exists"
                    : "Makes the project of a net in a new folder",
                templates()));
    if (inPlace) {
      page.optionalArgument("FOLDER", "the folder (default: here); its name becomes the net's")
          .option("--name", "NAME", "another name for the net");
    } else {
      page.argument("NAME", "the net's name, or the path of the folder to make");
    }
    page.option("--kernel", "REF", "the kernel that the net is for (required)")
        .option("-t, --template", "NAME", "what to start from (default " + DEFAULT_TEMPLATE + ")")
        .catalog();
    if (inPlace) {
      page.example("Make a net of the code in this folder", "init --kernel remora")
          .example("Start from another template", "init --kernel remora -t component");
    } else {
      page.example("Make a net that greets", "new greeter --kernel remora")
          .example("Start from an HPC code", "new heat --kernel remora:0.1.0 --template stencil");
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
    Template template = Template.named(given.value("--template").orElse(DEFAULT_TEMPLATE));
    Path folder = shell.path(given.argument(0).orElse("."));
    String name =
        given
            .value("--name")
            .orElseGet(
                () -> Optional.ofNullable(folder.getFileName()).map(Path::toString).orElse("net"));
    Kernels kernels = Kernels.of(given, shell);
    StoredKernel kernel = kernels.here(Given.reference(reference));
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

  private static String templates() {
    return Template.all().stream()
        .map(
            template ->
                template.word()
                    + " ".repeat(Math.max(1, 11 - template.word().length()))
                    + template.summary())
        .collect(Collectors.joining("\n"));
  }
}
