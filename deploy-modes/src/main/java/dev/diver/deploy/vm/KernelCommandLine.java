package dev.diver.deploy.vm;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.KernelSpec.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Fills a kernel's command-line template with the app's environment and arguments. */
public final class KernelCommandLine {

  /**
   * Linux refuses to start where there are more words for init than CONFIG_INIT_ENV_ARG_LIMIT (32,
   * init/main.c), argv[0] and the two variables that it sets itself included.
   */
  private static final int LINUX_MAX_WORDS = 30;

  private KernelCommandLine() {}

  /** The command line; INVALID where a word cannot be written in it or it is too long. */
  public static String fill(KernelSpec.Boot boot, Map<String, String> env, List<String> args) {
    return fill(boot, List.of(), env, args, limit(boot.protocol()));
  }

  /** The same, with words for the kernel itself before all others. */
  public static String fill(
      KernelSpec.Boot boot, List<String> own, Map<String, String> env, List<String> args) {
    return fill(boot, own, env, args, limit(boot.protocol()));
  }

  /**
   * The same for a kernel that gets its command line in another way than from a boot loader.
   *
   * @param most bytes that it may have
   */
  public static String fill(
      KernelSpec.Boot boot,
      List<String> own,
      Map<String, String> env,
      List<String> args,
      int most) {
    if (boot.protocol() == Protocol.LINUX && Math.max(env.size(), args.size()) > LINUX_MAX_WORDS) {
      throw new Failure(
              Failure.Kind.INVALID,
              "Linux passes at most 30 arguments and 30 variables from its command line to the"
                  + " app.",
              "Pass fewer of them.")
          .exception();
    }
    List<String> words = new ArrayList<>();
    env.forEach((name, value) -> words.add(variable(boot.quoting(), name, value)));
    String environment = String.join(" ", words);
    String filled =
        boot.commandLine()
            .replace("{env}", environment)
            .replace("{args}", joined(boot.quoting(), args))
            .replace("{user-args}", joined(boot.quoting(), withoutName(boot, args)))
            .strip();
    String head =
        own.stream().map(word -> quote(boot.quoting(), word) + " ").collect(Collectors.joining());
    return checkedLength(head + filled, most);
  }

  private static String joined(Quoting quoting, List<String> words) {
    return words.stream().map(word -> quote(quoting, word)).collect(Collectors.joining(" "));
  }

  /**
   * The arguments alone, for a kernel that supplies argv[0] itself; {@code /init} has none here.
   */
  private static List<String> withoutName(KernelSpec.Boot boot, List<String> args) {
    return boot.app() == KernelSpec.AppDelivery.INITRAMFS
        ? args
        : args.subList(Math.min(1, args.size()), args.size());
  }

  /**
   * The most bytes of a command line: QEMU's for PVH (4096 with the NUL), COMMAND_LINE_SIZE of
   * Linux/x86 (2048 with the NUL).
   */
  private static int limit(Protocol protocol) {
    return switch (protocol) {
      case PVH, MULTIBOOT1 -> 4095;
      case LINUX, MULTIBOOT2, DISK, ISO, EFI -> 2047;
    };
  }

  private static String checkedLength(String line, int most) {
    int length = line.getBytes(StandardCharsets.UTF_8).length;
    if (length > most) {
      throw new Failure(
              Failure.Kind.INVALID,
              "The kernel's command line has "
                  + length
                  + " bytes with the app's arguments and environment, and at most "
                  + most
                  + " can be passed.",
              "Pass fewer or shorter arguments and variables.")
          .exception();
    }
    return line;
  }

  private static String variable(Quoting quoting, String name, String value) {
    boolean plain =
        !name.isEmpty()
            && name.chars().allMatch(c -> c == '_' || (c < 128 && Character.isLetterOrDigit(c)));
    if (!plain || Character.isDigit(name.charAt(0))) {
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + name + "\" is not a name for an environment variable.",
              "Use letters, digits and underscores, no digit first.")
          .exception();
    }
    return switch (quoting) {
      case SH -> name + "=" + quote(quoting, value);
      case LINUX, NONE -> quote(quoting, name + "=" + value);
    };
  }

  private static String quote(Quoting quoting, String word) {
    if (word.indexOf('\0') >= 0) {
      throw unquotable(word, "a NUL character");
    }
    return switch (quoting) {
      case SH -> ShellWords.quote(word);
      case LINUX -> linux(word);
      case NONE -> plain(word);
    };
  }

  private static String plain(String word) {
    if (word.isEmpty() || word.chars().anyMatch(Character::isWhitespace)) {
      throw unquotable(word, "a space, or nothing,");
    }
    return word;
  }

  /** Linux's next_arg (lib/cmdline.c): double quotes join words, and nothing escapes one. */
  private static String linux(String word) {
    if (word.indexOf('"') >= 0) {
      throw unquotable(word, "a double quote");
    }
    boolean plain = !word.isEmpty() && word.chars().noneMatch(Character::isWhitespace);
    return plain ? word : "\"" + word + "\"";
  }

  private static RuntimeException unquotable(String word, String what) {
    return new Failure(
            Failure.Kind.INVALID,
            "The word <"
                + word.replace('\0', '\ufffd')
                + "> holds "
                + what
                + ", which this kernel's command line cannot carry.",
            "Pass it to the app in another way, such as a file or standard input.")
        .exception();
  }
}
