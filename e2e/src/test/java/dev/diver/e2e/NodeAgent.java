package dev.diver.e2e;

import java.util.List;

/**
 * The agent that Diver has left on a node, called there itself: what an enclave costs the node,
 * without a connection and without Diver.
 *
 * @param node on which remora has run with busybox, and with nothing else
 * @param program the agent, there
 * @param kernel remora, there
 */
public record NodeAgent(Node node, String program, String kernel) {

  private static final String FILES = "find /var/cache/diver -type f";

  /** That of a node. */
  public static NodeAgent on(Node node) {
    return new NodeAgent(
        node,
        node.ask(FILES + " -name diver-agent").strip(),
        node.ask(FILES + " ! -name diver-agent ! -name busybox").strip());
  }

  /** The folder of an enclave, with its app's output where it is detached. */
  public static String folder(String name) {
    return "/run/diver/enclaves/" + name;
  }

  /**
   * A line of sh that starts an enclave.
   *
   * @param options of the agent: its cores, its memory
   * @param app an executable there
   */
  public String start(String name, String options, String app, String... arguments) {
    String folder = folder(name);
    String argv = String.join(" ", app, String.join(" ", arguments));
    return String.join(
        " ",
        List.of(
            "rm -rf %1$s; mkdir -p %1$s; echo '-- %2$s' >%1$s/command-line;"
                .formatted(folder, argv),
            program,
            "hardware start --name " + name,
            "--dir " + folder,
            "--command-line " + folder + "/command-line",
            "--kernel " + kernel,
            "--app " + app,
            "--app-file " + app,
            options,
            "-- " + argv));
  }

  /** A line of sh that changes its size. */
  public String resize(String name, String changes) {
    return program + " hardware resize " + name + " " + changes;
  }

  /** A line of sh that ends it, and gives back all that it had. */
  public String stop(String name) {
    return program + " hardware stop " + name;
  }
}
