package dev.diver.kernels.remote;

import dev.diver.kernels.document.TomlFile;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where catalogs and registries are: the one place that turns a user's words into an address. */
public final class CatalogAddress {

  /** The environment variable that names the catalog. */
  public static final String VARIABLE = "DIVER_CATALOG";

  /** Where {@code diver catalog serve} listens unless it is told otherwise. */
  public static final URI DEFAULT = URI.create("http://127.0.0.1:7480");

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(?:\\.\\d{1,3}){3}|\\[(?:::1|0:0:0:0:0:0:0:1)]");

  /** What {@code config.toml} may say. */
  private record Config(Optional<String> catalog) {}

  private CatalogAddress() {}

  /**
   * The user's catalog: the command's option, else {@link #VARIABLE}, else the configuration file,
   * else {@link #DEFAULT}.
   *
   * @param option value of {@code --catalog}
   * @param environment of this process
   * @param config the user's {@code config.toml}, which need not exist; read only if it comes to
   *     that
   */
  public static URI locate(Optional<String> option, Map<String, String> environment, Path config) {
    return option
        .or(() -> Optional.ofNullable(environment.get(VARIABLE)).filter(v -> !v.isBlank()))
        .or(() -> configured(config))
        .map(CatalogAddress::parse)
        .orElse(DEFAULT);
  }

  /**
   * Reads {@code http://host[:port][/path]}, the same with https, or {@code host[:port]}; anything
   * else is {@link Failure.Kind#INVALID}. Without a scheme it is http on loopback, else https.
   */
  public static URI parse(String text) {
    String url = text.strip();
    return parse((url.contains("://") ? "" : schemeFor(url) + "://") + url, text);
  }

  /** Where this reference lives: its registry, or the user's catalog where it names none. */
  static URI of(KernelReference reference, URI catalog) {
    return reference
        .registry()
        .filter(registry -> !registry.equals(catalog.getRawAuthority()))
        .map(CatalogAddress::parse)
        .orElse(catalog);
  }

  /** Whether this host is this machine by its name alone; nothing is looked up. */
  static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host).matches() || host.equals("::1");
  }

  private static Optional<String> configured(Path config) {
    return Files.exists(config)
        ? TomlFile.read(config, Config.class, tree -> {}, c -> Optional.empty()).catalog()
        : Optional.empty();
  }

  private static String schemeFor(String authorityAndPath) {
    String authority = authorityAndPath.replaceFirst("/.*$", "");
    return isLoopback(authority.replaceFirst(":\\d+$", "")) ? "http" : "https";
  }

  private static URI parse(String url, String asTyped) {
    try {
      URI uri = new URI(url.replaceFirst("(?<!/)/+$", ""));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare =
          uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
      if (web && bare && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw malformed(asTyped).exception(e);
    }
    throw malformed(asTyped).exception();
  }

  private static Failure malformed(String text) {
    return new Failure(
        Failure.Kind.INVALID,
        "\"" + text + "\" is not the address of a catalog.",
        "Write it as https://host[:port], as in " + DEFAULT + ".");
  }
}
