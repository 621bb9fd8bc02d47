package dev.diver.deploy.agent;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Share;
import dev.diver.deploy.machine.CommandLine.Option;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The agent's command line (deploy-modes/agent/options.c), part by part. */
public final class AgentOptions {

  private final List<Option> options = new ArrayList<>();

  /** An option with its value. */
  public AgentOptions add(String name, String value) {
    options.add(new Option(name, Optional.of(value)));
    return this;
  }

  /** A flag. */
  public AgentOptions add(String name) {
    options.add(new Option(name, Optional.empty()));
    return this;
  }

  /** Memory of the kernel: where it is for the machine and where in the agent's file. */
  public AgentOptions region(long physical, long bytes, long offset) {
    return add("--region", physical + ":" + bytes + ":" + offset);
  }

  /** The same, where the agent's file has it at the machine's address. */
  public AgentOptions region(long physical, long bytes) {
    return add("--region", physical + ":" + bytes);
  }

  /** The net's cores, as the Linux beside them numbers them. */
  public AgentOptions cores(List<Integer> cores) {
    return add("--cores", cores.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  /**
   * The app: what it is, as whom it runs, and where.
   *
   * @param file the executable as the agent finds it
   */
  public AgentOptions app(DiveRequest request, Delegation delegation, Path file, AppUser user) {
    Path app = request.app().map(Path::toAbsolutePath).orElse(file);
    add("--app", delegation.place(app).toString());
    add("--app-file", file.toString());
    add("--uid", Integer.toString(user.uid()));
    add("--gid", Integer.toString(user.gid()));
    add("--directory", delegation.guestDirectory().toString());
    if (delegation.onLinux()) {
      add("--native");
    }
    for (Map.Entry<String, String> variable : request.env().entrySet()) {
      add("--env", variable.getKey() + "=" + variable.getValue());
    }
    return this;
  }

  /**
   * A shared folder.
   *
   * @param from its path, or the tag of a virtio file system
   */
  public AgentOptions share(Share share, String from) {
    return add("--share", from + ":" + share.guest() + (share.readOnly() ? ":ro" : ""));
  }

  /** All of it as words, the app's at their end. */
  public List<String> words(List<String> argv) {
    List<String> words = new ArrayList<>();
    for (Option option : with(argv)) {
      words.add(option.name());
      option.value().ifPresent(words::add);
    }
    return words;
  }

  /** The app's words, argv[0] first; nothing can follow them. */
  public List<Option> with(List<String> argv) {
    List<Option> all = new ArrayList<>(options);
    all.add(new Option("--", Optional.empty()));
    argv.forEach(word -> all.add(new Option(word, Optional.empty())));
    return all;
  }
}
