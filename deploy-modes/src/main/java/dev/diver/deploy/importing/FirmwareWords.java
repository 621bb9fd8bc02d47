package dev.diver.deploy.importing;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is on a console before a kernel has printed anything. */
final class FirmwareWords {

  /** Control sequences of terminals (ECMA-48, 5.4), and the characters that only move a cursor. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "\\x1b\\[[0-?]*[ -/]*[@-~]|\\x1b[@-Z\\\\-_]|\\x1bc|[\\x00-\\x08\\x0b-\\x1a\\x7f]");

  /** SeaBIOS, its option ROMs, OVMF and GRUB. */
  private static final Pattern FIRMWARE =
      Pattern.compile(
          "\\s*(SeaBIOS \\(version .*|iPXE \\(http.*|Machine UUID .*|Booting from .*|BdsDxe:"
              + " .*|GRUB loading.*|Welcome to GRUB!|Booting `.*'|Press F12 for boot"
              + " menu\\.*|error: file `/boot/grub/.*' not found\\.|UEFI Interactive"
              + " Shell.*|qemu-system-x86_64: .*)\\s*");

  /** What firmware may have begun to print when it was looked at, or a kernel to clear. */
  private static final List<String> BEGUN =
      List.of("SeaBIOS (version", "iPXE (http", "Machine UUID", "Booting from ROM", "BdsDxe:");

  private FirmwareWords() {}

  /** The rest of the text, without control sequences. */
  static String without(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll("")
        .replace("\r", "\n")
        .lines()
        .filter(line -> !line.isBlank() && !isFirmwares(line))
        .collect(Collectors.joining("\n"));
  }

  private static boolean isFirmwares(String line) {
    return FIRMWARE.matcher(line).matches()
        || BEGUN.stream().anyMatch(words -> words.startsWith(line.strip()));
  }
}
