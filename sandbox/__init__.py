"""The local world: simulators of the providers, database, function runner, gateway and story."""
