package dev.diver.kernels.remote;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.reference.KernelReference;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Asks a catalog what the user may have meant by a reference that it does not know. */
final class Suggestions {

  private static final int MOST = 3;

  private Suggestions() {}

  /**
   * The same failure in better words: yanked, another version, another name. Where the server has
   * no answer to that, the failure as it is.
   */
  static DiverException improve(
      Registry registry, KernelReference reference, DiverException notFound) {
    if (notFound.failure().kind() != Kind.NOT_FOUND) {
      return notFound;
    }
    try {
      return named(registry, reference)
          .or(() -> similar(registry, reference.name()))
          .map(failure -> failure.exception(notFound))
          .orElse(notFound);
    } catch (DiverException e) {
      notFound.addSuppressed(e);
      return notFound;
    }
  }

  /** The name is right: what about the tag? */
  private static Optional<Failure> named(Registry registry, KernelReference reference) {
    JsonNode node;
    try {
      node =
          registry.ask(registry.api("kernels/" + reference.name()).build(), "look up the kernel");
    } catch (DiverException e) {
      if (e.failure().kind() == Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
    String versions = String.join(", ", CatalogJson.summary(node).versions());
    String others = versions.isEmpty() ? "" : " Use one of its versions: " + versions + ".";
    for (KernelInfo.Release release : CatalogJson.releases(node)) {
      if (release.yanked() && release.version().equals(reference.tagOrDigest())) {
        return Optional.of(
            new Failure(
                Kind.NOT_FOUND,
                reference + " was yanked by its publisher.",
                others.isEmpty()
                    ? byDigest(reference, release)
                    : others.strip() + " " + byDigest(reference, release)));
      }
    }
    return Optional.of(
        new Failure(
            Kind.NOT_FOUND,
            "The catalog has " + reference.name() + ", but not as " + reference + ".",
            others.isEmpty() ? "Look at it with `diver info`." : others.strip()));
  }

  private static String byDigest(KernelReference reference, KernelInfo.Release release) {
    return "If it must be this one: `diver pull " + reference.withDigest(release.digest()) + "`.";
  }

  private static Optional<Failure> similar(Registry registry, String name) {
    List<String> names =
        CatalogJson.page(
                registry.ask(
                    registry
                        .api("kernels")
                        .addQueryParameter("q", name)
                        .addQueryParameter("size", Integer.toString(MOST))
                        .build(),
                    "search"))
            .kernels()
            .stream()
            .map(KernelSummary::name)
            .limit(MOST)
            .toList();
    // Without a name to offer, the server's own words say more: perhaps that it was yanked.
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Failure(
                Kind.NOT_FOUND,
                "The catalog has no kernel named " + name + ".",
                "Did you mean " + String.join(" or ", names) + "?"));
  }
}
