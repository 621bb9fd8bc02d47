package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.TransferBar;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.remote.CatalogClient;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.StoredKernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code diver publish}. */
final class Publish implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Packs a built kernel and sends it to the catalog under its version, and under each tag \
            that its kernel.toml declares as moving, such as latest. A published tag is never \
            overwritten, except where it is declared as moving. What the catalog has already is not \
            sent again.\
            """)
        .optionalArgument("FOLDER", "the folder with kernel.toml, or that file (default: here)")
        .option("-t, --tag", "TAG", "publish under this tag only")
        .option("--registry", "HOST", "publish to this registry instead of the catalog")
        .catalog()
        .json()
        .example("Publish the kernel in this folder", "publish")
        .example("Publish a configuration of it", "publish --tag infiniband kernels/nautilus");
  }

  @Override
  public int run(Given given, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    StoredKernel packed = Packer.pack(KernelScript.kernelToml(given, shell), kernels.store());
    KernelSpec spec = kernels.store().spec(packed);
    CatalogClient client = kernels.client();
    List<KernelReference> published =
        tags(given, spec).map(tag -> target(given.value("--registry"), spec.name(), tag)).toList();
    for (KernelReference target : published) {
      shell.sayDoing("Publishing", target.toString());
      try (TransferBar bar = TransferBar.of(target.toString(), shell)) {
        client.push(packed, kernels.store(), target, bar);
      }
    }
    if (given.wantsJson()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("references", published.stream().map(KernelReference::toString).toList());
      tree.put("digest", packed.digest());
      tree.put("size", packed.size());
      shell.printJson(tree);
    } else {
      published.forEach(target -> shell.println("Published " + target + " " + packed.digest()));
    }
    return 0;
  }

  private static Stream<String> tags(Given given, KernelSpec spec) {
    return given
        .value("--tag")
        .map(Stream::of)
        .orElseGet(
            () -> Stream.concat(Stream.of(spec.version()), spec.movingTags().stream()).distinct());
  }

  private static KernelReference target(Optional<String> registry, String name, String tag) {
    return Given.reference(registry.map(host -> host + "/").orElse("") + name + ":" + tag);
  }
}
