package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Multiboot 1 kernel that QEMU loads itself. The modules are one value of {@code -initrd}, parted
 * by commas; each is a path, a blank and its command line (QEMU, hw/i386/multiboot.c). So a path
 * with a blank goes by a link without one.
 *
 * @param kernel with its modules, by such paths
 * @param steps that make the links
 */
record DirectMultiboot(Machine.Software.Multiboot kernel, List<Step> steps) {

  static DirectMultiboot of(Machine.Software.Multiboot kernel, RunFolder run) {
    List<Machine.Module> modules = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (Machine.Module module : kernel.modules()) {
      Path file = module.file();
      if (file.toString().indexOf(' ') >= 0) {
        Path link = run.sockets().resolve("module" + modules.size());
        steps.add(new Step.Link(link, file));
        file = link;
      }
      modules.add(new Machine.Module(file, module.commandLine()));
    }
    return new DirectMultiboot(
        new Machine.Software.Multiboot(
            kernel.version(), kernel.image(), kernel.commandLine(), modules),
        steps);
  }

  void addTo(QemuOptions options) {
    options.add("-kernel", kernel.image().toString());
    if (!kernel.modules().isEmpty()) {
      options.add("-initrd", String.join(",", kernel.modules().stream().map(this::value).toList()));
    }
    options.add("-append", kernel.commandLine());
  }

  private String value(Machine.Module module) {
    String words = module.commandLine().isEmpty() ? "" : " " + module.commandLine();
    return (module.file() + words).replace(",", ",,");
  }
}
