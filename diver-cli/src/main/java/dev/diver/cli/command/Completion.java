package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code diver completion}: scripts that ask Diver itself what can follow, so that they never
 * differ from what it understands.
 */
final class Completion implements Verb {

  private static final String BASH =
      """
      # bash completion for diver. Load it with: source <(diver completion bash)
      _diver() {
        local IFS=$'\\n'
        local candidates
        candidates=$("${COMP_WORDS[0]}" completion --words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
      }
      complete -o default -F _diver diver
      """;

  private static final String ZSH =
      """
      #compdef diver
      # zsh completion for diver. Load it with: source <(diver completion zsh)
      _diver() {
        local -a candidates
        candidates=("${(@f)$("${words[1]}" completion --words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
        if (( ${#candidates} )) && [[ -n "${candidates[1]}" ]]; then
          compadd -- "${candidates[@]}"
        else
          _files
        fi
      }
      compdef _diver diver
      """;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Prints a script that completes commands, options and the names of pulled kernels. The \
            script asks Diver what can follow, so it does not go out of date.\
            """)
        .optionalArgument("SHELL", "bash or zsh")
        .flag("--words", "print what can follow the words after --; the scripts call this")
        .appArguments()
        .example(
            "Complete in this bash",
            "completion bash > ~/.local/share/bash-completion/completions/diver")
        .example("Complete in every zsh", "completion zsh > ~/.zfunc/_diver");
  }

  @Override
  public int run(Given given, Shell shell) {
    if (given.has("--words")) {
      candidates(given.appArguments()).forEach(shell::println);
      return 0;
    }
    switch (given.argument(0).orElse("")) {
      case "bash" -> shell.print(BASH);
      case "zsh" -> shell.print(ZSH);
      default ->
          throw new UsageException(
              "Diver completes in bash and zsh.",
              "Type diver completion bash or diver completion zsh.");
    }
    return 0;
  }

  /** What can stand in the place of the last word. */
  static List<String> candidates(List<String> words) {
    if (words.contains("--")) {
      return List.of();
    }
    Optional<Verbs.Entry> verb =
        CommandLineReader.find(words.subList(0, Math.max(0, words.size() - 1)));
    if (verb.isPresent()) {
      return options(verb.get());
    }
    return switch (words.size()) {
      case 0, 1 -> {
        List<String> firsts = new ArrayList<>(Verbs.firstWords());
        firsts.addAll(List.of("help", "--help", "--version"));
        yield firsts;
      }
      case 2 -> Verbs.secondWords(words.getFirst());
      default -> List.of();
    };
  }

  private static List<String> options(Verbs.Entry verb) {
    return verb.page().finished().options().stream().map(OptionSpec::longestName).toList();
  }
}
