"""Figures of the service, in which nobody can be found."""

from lib.statistics import service
from lib.statistics.schemas import Statistics, StatisticsQuery
from lib.web.endpoint import Endpoint
from lib.web.route import Call, get


class handler(Endpoint):
    """/v1/statistics."""

    @get("/v1/statistics")
    def read(self, call: Call[StatisticsQuery]) -> Statistics:
        """Read how many sessions were held, by month, by skill or by year.

        A figure is there only where ten mentors and ten mentees stand behind it and behind whatever
        it leaves over beside the others.
        """
        return service.read(call.db, call.input)
