package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A folder that QEMU shows as a FAT disk, with what UEFI is to start on it. */
final class EfiDisk {

  /** What UEFI's shell passes on as it is (UEFI shell specification 2.2, 3.6). */
  private static final Pattern PLAIN = Pattern.compile("[^%^#;<>|&$*?\\p{Cntrl}]*");

  private EfiDisk() {}

  /** What makes it. */
  static List<Step> of(Machine.Software.Efi efi, Path disk) {
    return efi.commandLine().isEmpty() ? firmware(efi, disk) : shell(efi, disk);
  }

  /** Where UEFI looks on a removable disk (UEFI specification 2.10, 3.5.1.1). */
  private static List<Step> firmware(Machine.Software.Efi efi, Path disk) {
    Path folder = disk.resolve("EFI/BOOT");
    return List.of(
        new Step.MakeFolder(folder), new Step.Copy(efi.image(), folder.resolve("BOOTX64.EFI")));
  }

  /** What UEFI's shell carries out when it starts, after waiting five seconds for a key. */
  private static List<Step> shell(Machine.Software.Efi efi, Path disk) {
    if (!PLAIN.matcher(efi.commandLine()).matches()) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              "UEFI's shell starts the kernel, and would change <" + efi.commandLine() + ">.",
              "Use words without characters that mean something to a shell.")
          .exception();
    }
    String script = "fs0:\r\nkernel.efi " + efi.commandLine() + "\r\nreset -s\r\n";
    return List.of(
        new Step.MakeFolder(disk),
        new Step.Copy(efi.image(), disk.resolve("kernel.efi")),
        new Step.Concatenate(disk.resolve("startup.nsh"), List.of(Step.Part.Text.utf8(script))));
  }
}
