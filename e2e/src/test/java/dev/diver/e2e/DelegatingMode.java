package dev.diver.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The modes in which a Linux serves what remora does not: one suite tries them all. */
enum DelegatingMode {
  FULL_VM("--mode full-vm --delegate", "/usr:ro"),
  PARTITIONED_VM("--mode partitioned-vm", "/usr:ro"),
  /** On the {@link SharedNode}. */
  PARTITIONED_HARDWARE(
      "--mode partitioned-hardware --host " + Node.HOST, SharedNode.USR + ":/usr:ro");

  private final String options;
  private final String usr;

  DelegatingMode(String options, String usr) {
    this.options = options;
    this.usr = usr;
  }

  /** The options with which dynamic programs find their interpreter and libraries. */
  List<String> withLibraries() {
    return List.of("-v", usr);
  }

  /** Dives an executable with the user's working folder shared, and {@code more} options. */
  Shell.Result dive(Shell user, List<String> more, Path app, List<String> args) {
    return user.diver(words(user, more, app, args).toArray(String[]::new));
  }

  /** The words behind {@code diver}. */
  List<String> words(Shell user, List<String> more, Path app, List<String> args) {
    List<String> words = new ArrayList<>(List.of("dive"));
    words.addAll(List.of(options.split(" ")));
    words.addAll(List.of("--kernel", "remora", "-v", user.folder().toString()));
    words.addAll(more);
    words.add(app.toString());
    words.add("--");
    words.addAll(args);
    return words;
  }
}
