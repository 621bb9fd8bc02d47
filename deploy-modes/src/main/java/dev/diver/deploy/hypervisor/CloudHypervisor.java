package dev.diver.deploy.hypervisor;

import dev.diver.deploy.Network;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cloud Hypervisor, told by its command line (its README, "Custom Kernel and Disk Image"): it
 * enters ELF kernels by PVH, and Linux's bzImage from its version 39 on.
 */
public final class CloudHypervisor extends KvmOnly {

  public CloudHypervisor() {
    super(
        "cloud-hypervisor",
        "Cloud Hypervisor",
        "https://github.com/cloud-hypervisor/cloud-hypervisor");
  }

  @Override
  Optional<Failure> software(String kernel, Machine.Software software) {
    if (software instanceof Machine.Software.Kernel direct) {
      Path image = direct.image();
      boolean linux = direct.protocol() == Protocol.LINUX && KernelFile.isLinux(image);
      return linux || KernelFile.hasPvhEntry(image)
          ? Optional.empty()
          : cannot(
              kernel
                  + " is "
                  + KernelFile.describe(image)
                  + ", and Cloud Hypervisor enters ELF by PVH, and Linux's bzImage, alone");
    }
    return notEntered(kernel, software);
  }

  @Override
  Optional<String> disk(Machine.Disk disk) {
    return disk.file().toString().indexOf(',') < 0
        ? Optional.empty()
        : Optional.of("The disk " + disk.file() + " has a comma in its path");
  }

  @Override
  public Invocation plan(Machine machine, Host host, RunFolder run) {
    Machine.Software.Kernel kernel = (Machine.Software.Kernel) machine.software();
    List<Option> options = new ArrayList<>();
    options.add(option("--kernel", kernel.image().toString()));
    kernel.ramdisk().ifPresent(path -> options.add(option("--initramfs", path.toString())));
    options.add(option("--cmdline", kernel.commandLine()));
    options.add(option("--cpus", cpus(machine.processor())));
    options.add(option("--memory", "size=" + machine.memory()));
    options.add(option("--serial", machine.console() == Console.SERIAL ? "tty" : "off"));
    options.add(option("--console", "off"));
    disks(machine.disks(), options);
    if (machine.network() instanceof Network.Tap(String name)) {
      options.add(option("--net", "tap=" + name + ",mac=" + QemuOptions.macAddress(run.name())));
    }
    options.add(option("--log-file", run.log("cloud-hypervisor").toString()));
    return new Invocation(List.of(), new CommandLine(program(host), options));
  }

  private static String cpus(Machine.Processor processor) {
    return switch (processor.smp()) {
      case CORES -> "boot=" + processor.count();
      case SOCKETS ->
          "boot=%1$d,topology=1:1:1:%1$d"
              .formatted(processor.count()); // threads first, sockets last
    };
  }

  /** One option with a value for each disk. */
  private static void disks(List<Machine.Disk> disks, List<Option> options) {
    String name = "--disk";
    for (Machine.Disk disk : disks) {
      String value = "path=" + disk.file() + (disk.scratch() ? ",readonly=on" : "");
      options.add(
          name.isEmpty()
              ? new Option(value, Optional.empty())
              : new Option(name, Optional.of(value)));
      name = "";
    }
  }

  private static Option option(String name, String value) {
    return new Option(name, Optional.of(value));
  }
}
