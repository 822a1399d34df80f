package axspa;

import ca.uhn.fhir.jpa.packages.IPackageInstallerSvc;
import ca.uhn.fhir.jpa.packages.PackageInstallOutcomeJson;
import ca.uhn.fhir.jpa.packages.PackageInstallationSpec;
import ca.uhn.fhir.jpa.packages.PackageInstallationSpec.InstallModeEnum;
import ca.uhn.fhir.jpa.packages.util.PackageUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hl7.fhir.utilities.npm.NpmPackage;
import org.springframework.context.ApplicationContext;

/** Installs FHIR packages from files, through HAPI's own installer. */
final class Packages {
  private Packages() {}

  static void install(List<Path> files, ApplicationContext beans) {
    for (Path file : files) {
      try {
        install(file, beans.getBean(IPackageInstallerSvc.class));
      } catch (Exception fault) {
        throw new IllegalStateException("the package " + file + " could not be installed", fault);
      }
    }
  }

  private static void install(Path file, IPackageInstallerSvc installer) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    NpmPackage npm = NpmPackage.fromPackage(new ByteArrayInputStream(bytes));
    Map<String, List<String>> files = npm.getFolders().get("package").getTypes();
    PackageInstallationSpec spec =
        new PackageInstallationSpec()
            .setName(npm.name())
            .setVersion(npm.version())
            .setPackageContents(bytes)
            .setInstallMode(InstallModeEnum.STORE_AND_INSTALL)
            // Dependencies would be asked for in a registry, and nothing here may leave the machine.
            .setFetchDependencies(false);
    spec.setInstallResourceTypes(inOrder(files.keySet().stream().sorted().toList()));
    PackageInstallOutcomeJson outcome = installer.install(spec);
    for (String message : outcome.getMessage()) System.err.println("package: " + message);
    Map<String, Integer> installed = new TreeMap<>(outcome.getResourcesInstalled());
    installed.forEach((type, n) -> System.out.println("package: " + type + " " + n));
    files.forEach(
        (type, all) -> {
          int missing = all.size() - installed.getOrDefault(type, 0);
          if (missing > 0) System.out.println("package: skipped " + type + " " + missing);
        });
  }

  /** HAPI by itself leaves out Questionnaires and more: here everything goes in, in HAPI's order as far as it has one. */
  private static List<String> inOrder(List<String> types) {
    List<String> ordered = new ArrayList<>(PackageUtils.DEFAULT_INSTALL_TYPES);
    ordered.retainAll(types);
    types.stream().filter(type -> !ordered.contains(type)).forEach(ordered::add);
    return ordered;
  }
}
