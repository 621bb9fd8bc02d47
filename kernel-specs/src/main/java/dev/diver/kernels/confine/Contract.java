package dev.diver.kernels.confine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What every script of a publisher is promised: docs/publishing.md says it to them. */
public final class Contract {

  /** The version that scripts find in {@code DIVER_CONTRACT}. */
  public static final int VERSION = 1;

  static final String VERSION_VARIABLE = "DIVER_CONTRACT";

  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** A folder of the script's own, empty when it starts and gone when it ends. */
  static final String TEMPORARY = "/tmp";

  static final String HOME = TEMPORARY + "/home";
  static final String DIVER_HOME = TEMPORARY + "/diver";

  /** The first second that all archive formats can say (1980-01-01). */
  private static final String EPOCH = "315532800";

  private static final List<String> PROXIES =
      List.of("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY");

  private Contract() {}

  /** All variables of a script: nothing of the host's environment but what this page names. */
  static SortedMap<String, String> environment(Script script, Map<String, String> host) {
    SortedMap<String, String> all = new TreeMap<>();
    all.put(VERSION_VARIABLE, Integer.toString(VERSION));
    all.put("DIVER_HOME", DIVER_HOME);
    all.put("DIVER_NO_REBUILD", "1");
    all.put("JAVA_HOME", System.getProperty("java.home"));
    all.put("PATH", PATH);
    all.put("HOME", HOME);
    all.put("TMPDIR", TEMPORARY);
    all.put("LANG", "C.UTF-8");
    all.put("LC_ALL", "C.UTF-8");
    all.put("TZ", "UTC");
    all.put("TERM", "dumb");
    all.put("SOURCE_DATE_EPOCH", EPOCH);
    launcher(host).ifPresent(path -> all.put("DIVER", path.toString()));
    if (script.grants().network()) {
      PROXIES.stream().filter(host::containsKey).forEach(name -> all.put(name, host.get(name)));
    }
    all.putAll(script.variables());
    return all;
  }

  /** The command {@code diver}, where one has started this process. */
  static Optional<Path> launcher(Map<String, String> host) {
    return Optional.ofNullable(host.get("DIVER")).map(Path::of).filter(Path::isAbsolute);
  }
}
