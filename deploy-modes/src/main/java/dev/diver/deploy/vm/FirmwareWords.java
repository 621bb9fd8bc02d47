package dev.diver.deploy.vm;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What firmware and boot loaders print on a machine's consoles before a kernel does. */
public final class FirmwareWords {

  /** What EDK2 prints just before a UEFI application runs, and a character after that. */
  static final String UEFI_STARTS =
      "BdsDxe: starting Boot[^\\n]*\\n(?:\\s|\\x1b\\[[0-9;=]*[A-Za-z])*[!-~]";

  /**
   * How their lines begin: those of SeaBIOS, of the boot ROM of QEMU's network cards, of OVMF, of
   * GRUB, and of QEMU itself.
   */
  private static final List<String> BEGINNINGS =
      List.of(
          "SeaBIOS (version",
          "iPXE (",
          "iPXE v",
          "Machine UUID",
          "Press Ctrl-B",
          "Press F12 for boot menu",
          "Booting from",
          "Boot failed:",
          "No bootable device.",
          "BdsDxe:",
          "UEFI Interactive Shell",
          "GRUB loading",
          "Welcome to GRUB!",
          "Booting `",
          "error: file `/boot/grub/",
          "qemu-system-x86_64: ");

  /** Control sequences of terminals (ECMA-48, 5.4), and the characters that only move a cursor. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "\\x1b\\[[0-?]*[ -/]*[@-~]|\\x1b[@-Z\\\\-_]|\\x1bc|[\\x00-\\x08\\x0b-\\x1a\\x7f]");

  private FirmwareWords() {}

  /** Whether a line is theirs; also where it has only begun to be printed, or is blank. */
  static boolean are(String line) {
    String text = line.strip();
    return BEGINNINGS.stream().anyMatch(words -> text.startsWith(words) || words.startsWith(text));
  }

  /** The lines of the text that are not theirs, without control sequences and blank lines. */
  public static String without(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll("")
        .replace("\r", "\n")
        .lines()
        .filter(line -> !are(line))
        .collect(Collectors.joining("\n"));
  }
}
