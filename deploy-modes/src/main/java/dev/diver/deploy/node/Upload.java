package dev.diver.deploy.node;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts files on a node that does not have them yet, where {@link SshNode#place} says. There they
 * are root's alone, and gone when nobody has used them for a week.
 *
 * @param node where
 * @param files of this machine
 */
record Upload(SshNode node, List<Path> files) implements Step {

  private static final Duration SOON = Duration.ofSeconds(30);

  /** A gigabyte over a slow line. */
  private static final Duration LONG = Duration.ofMinutes(30);

  private static final int OTHER_MACHINE = 78;

  /** Prints those of its arguments that are not there. */
  private static final String MISSING =
      """
      [ "$(id -u)" = 0 ] || exit 77
      [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || exit 78
      umask 077
      mkdir -p /var/cache/diver && cd /var/cache/diver || exit 1
      for file; do
        if [ -e "$file" ]; then touch "${file%/*}"; else echo "$file"; fi
      done
      find . -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} +
      """;

  private static final String PRESENT = "[ -e \"$1\" ]";

  /** Puts what it reads there, if that is the content that the name says: a line may break. */
  private static final String PUT =
      """
      umask 077
      mkdir -p "${1%/*}" && new=$(mktemp -p "${1%/*}") || exit 1
      trap 'rm -f "$new"' EXIT
      cat >"$new" || exit 1
      sum=$(sha256sum <"$new") || exit 1
      digest=${1%/*}
      [ "${sum%% *}" = "${digest##*/}" ] || { echo "it arrived damaged" >&2; exit 1; }
      chmod 700 "$new" && mv "$new" "$1"
      """;

  Upload {
    files = List.copyOf(files);
  }

  @Override
  public void carryOut() throws IOException {
    try {
      Map<String, Path> places = places();
      List<String> names =
          places.keySet().stream().map(place -> place.replace("/var/cache/diver/", "")).toList();
      Answer answer = node.ask(Node.script(MISSING, names), Optional.empty(), SOON);
      requireGood(answer);
      List<String> missing = answer.text().lines().toList();
      for (Map.Entry<String, Path> file : places.entrySet()) {
        if (missing.stream().anyMatch(name -> file.getKey().endsWith("/" + name))) {
          put(file.getKey(), file.getValue());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(
              Failure.Kind.INTERRUPTED,
              "Copying to " + node.name() + " was interrupted.",
              "Start it again.")
          .exception(e);
    }
  }

  private Map<String, Path> places() {
    Map<String, Path> places = new LinkedHashMap<>();
    files.forEach(file -> places.put(node.place(file).toString(), file));
    return places;
  }

  private void requireGood(Answer answer) {
    if (answer.isGood()) {
      return;
    }
    throw switch (answer.status().orElse(1)) {
      case Node.NOT_ROOT -> node.notRoot().exception();
      case OTHER_MACHINE ->
          new Failure(
                  Failure.Kind.UNSUPPORTED,
                  node.name() + " is no Linux on x86-64.",
                  "Name another host.")
              .exception();
      default ->
          new Failure(
                  Failure.Kind.FAILED,
                  node.name() + " keeps no files in /var/cache/diver: " + answer.complaint() + ".",
                  "Make room there, or make it writable for root.")
              .exception();
    };
  }

  private void put(String place, Path file) throws InterruptedException {
    Answer answer = node.ask(Node.script(PUT, List.of(place)), Optional.of(file), LONG);
    if (!answer.isGood()) {
      throw new Failure(
              Failure.Kind.FAILED,
              file + " could not be copied to " + node.name() + ": " + answer.complaint() + ".",
              "Make room in /var/cache/diver there, and dive again.")
          .exception();
    }
  }

  @Override
  public String toShell() {
    List<String> lines = new ArrayList<>();
    places()
        .forEach(
            (place, file) ->
                lines.add(
                    ShellWords.join(node.command(Node.script(PRESENT, List.of(place))).words())
                        + " </dev/null || "
                        + ShellWords.join(node.command(Node.script(PUT, List.of(place))).words())
                        + " <"
                        + ShellWords.quote(file.toString())));
    return String.join("\n", lines);
  }
}
